"""The command init: what it prints, writes and refuses."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from homestead.cli.main import main
from homestead.problem.loader import load_problem

ROWS = 120


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the name of a table in the working folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOMESTEAD_HOME", str(tmp_path / "home"))
    draw = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "customer_id": draw.permutation(ROWS) + 1000,
            "age": draw.integers(18, 80, ROWS),
            "plan": draw.choice(["basic", "plus"], ROWS),
            "spend": draw.gamma(2, 50, ROWS).round(2),
            "churned": draw.choice(["no", "yes"], ROWS),
        }
    )
    frame.to_csv("Customers of 2024.csv", index=False)
    return "Customers of 2024.csv"


def init(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["init", *arguments])


def test_the_file_is_named_after_the_table_and_says_what_was_guessed(table: str) -> None:
    result = init(table, "--target", "spend")
    assert result.exit_code == 0, result.output
    path, *lines = result.stdout.splitlines()
    assert path == "customers_of_2024.yaml"
    assert lines[0].startswith("  target: spend, a regression (")
    assert "  key: customer_id (each value occurs once)" in lines
    assert "  timestamp: none (no column holds times)" in lines
    assert lines[-1] == "next: homestead validate --problem customers_of_2024.yaml"
    problem = load_problem(Path(path))
    assert (problem.name, problem.target, problem.key) == (
        "customers_of_2024",
        "spend",
        "customer_id",
    )
    assert problem.views["own"].entity == "customer_id"
    validated = CliRunner().invoke(main, ["validate", "--problem", path])
    assert validated.exit_code == 0, validated.output


def test_output_task_and_name_are_the_users(table: str, tmp_path: Path) -> None:
    output = tmp_path / "deep" / "age.yaml"
    output.parent.mkdir()
    result = init(
        *(table, "--target", "churned", "--output", str(output), "--name", "churn"),
        *("--task", "classification"),
    )
    assert result.exit_code == 0, result.output
    problem = load_problem(output)
    assert (problem.name, problem.task, problem.classes) == (
        "churn",
        "classification",
        ("no", "yes"),
    )


def test_a_file_is_overwritten_only_on_request(table: str) -> None:
    Path("mine.yaml").write_text("mine", encoding="utf-8")
    arguments = (table, "--target", "spend", "--output", "mine.yaml")
    refused = init(*arguments)
    assert refused.exit_code == 1
    assert "error: mine.yaml" in refused.stderr
    assert "--force" in refused.stderr
    assert Path("mine.yaml").read_text(encoding="utf-8") == "mine"
    assert init(*arguments, "--force").exit_code == 0
    assert load_problem(Path("mine.yaml")).target == "spend"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("--target", "spent"), 1, "spend"),
        ((), 2, "--target"),
        (("--target", "spend", "--task", "ranking"), 2, "classification"),
        (("--target", "spend", "--task", "classification"), 1, "spend"),
    ],
)
def test_what_cannot_be_drafted_is_named_without_a_traceback(
    table: str, arguments: tuple[str, ...], code: int, message: str
) -> None:
    result = init(table, *arguments)
    assert result.exit_code == code, result.output
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert not list(Path().glob("*.yaml"))


def test_a_table_that_is_not_there_is_named(table: str) -> None:
    result = init(f"no {table}", "--target", "spend")
    assert result.exit_code == 1
    assert f"no {table}" in result.stderr
