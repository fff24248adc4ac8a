"""Steps of a pod: what lets a later run take over a result, and what must not."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from kfp import dsl

from homestead.components.prepare_data.component import prepare_data
from homestead.components.reuse import parts
from homestead.components.reuse.variables import DATA_CACHE, FINISHED_STEPS
from homestead.data.tables import hash_source
from homestead.pipelines.local import changed_environment
from homestead.problem.loader import parse_problem
from homestead.training.studies.shards import training_tasks
from tests.conftest import CHURN

OUTPUTS = ("valid", "quarantine", "data_sheet", "views", "dataset")
TAKEN_OVER = "the same data, rules and code"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a problem file and its table, at one address in each test."""
    table = tmp_path / "churn.csv"
    shutil.copy(CHURN.parent / "churn.csv", table)
    problem = yaml.safe_load(CHURN.read_text()) | {"source": str(table)}
    (tmp_path / "churn.yaml").write_text(yaml.safe_dump(problem, sort_keys=False))
    return tmp_path


@pytest.fixture(autouse=True)
def cache(tmp_path: Path) -> Iterator[None]:
    with changed_environment({DATA_CACHE: str(tmp_path / "cache"), FINISHED_STEPS: ""}):
        yield


def prepare(folder: Path, run: str, changes: dict[str, Any] | None = None) -> list[str]:
    """Run the component as a run's step, and return the names of the candidates."""
    problem = yaml.safe_load((folder / "churn.yaml").read_text()) | (changes or {})
    handles = {name: dsl.Artifact(name=name, uri=str(folder / run / name)) for name in OUTPUTS}
    text = yaml.safe_dump(problem, sort_keys=False)
    data_hash = hash_source(problem["source"])
    return list(prepare_data.python_func(text, data_hash, **handles))


def test_prepared_data_do_not_settle_the_tasks_of_a_search(folder: Path) -> None:
    """Of a search that several tasks share, each runs; their number is this run's."""
    problem = yaml.safe_load((folder / "churn.yaml").read_text())
    name, candidate = next(iter(problem["candidates"].items()))
    longer = {"candidates": {name: candidate | {"trials": 200}}}
    tasks = {}
    for shards in ("1", "3"):
        with changed_environment({"HOMESTEAD_SEARCH_SHARDS": shards}):
            tasks[shards] = prepare(folder, shards, longer)
    parsed = parse_problem(yaml.safe_dump(problem | longer, sort_keys=False))
    assert tasks == {shards: training_tasks(parsed, int(shards)) for shards in ("1", "3")}


def dataset(folder: Path, run: str) -> bytes:
    return (folder / run / "dataset").read_bytes()


def test_the_same_data_are_prepared_once(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = prepare(folder, "first")
    assert TAKEN_OVER not in capsys.readouterr().out
    # What comes after the data may change: the gate, candidates.
    problem = yaml.safe_load((folder / "churn.yaml").read_text())
    fewer = dict(list(problem["candidates"].items())[:1])
    assert prepare(folder, "second", {"candidates": fewer}) == list(fewer) != names
    shown = capsys.readouterr().out
    assert [line.partition(":")[0] for line in shown.splitlines() if TAKEN_OVER in line] == [
        "homestead> ingest",
        "homestead> training_set",
    ]
    for name in ("valid", "quarantine", "data_sheet", "dataset"):
        first, second = (folder / run / name for run in ("first", "second"))
        assert first.read_bytes() == second.read_bytes(), name


def test_new_bytes_at_the_same_path_are_new_data(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prepare(folder, "first")
    table = folder / "churn.csv"
    lines = table.read_text().splitlines(keepends=True)
    table.write_text("".join(lines[:-1]))
    capsys.readouterr()
    prepare(folder, "second")
    assert TAKEN_OVER not in capsys.readouterr().out
    assert dataset(folder, "first") != dataset(folder, "second")
    # The former bytes again: their rows, not the newest ones.
    table.write_text("".join(lines))
    prepare(folder, "third")
    assert TAKEN_OVER in capsys.readouterr().out
    assert dataset(folder, "third") == dataset(folder, "first")


def test_other_rules_or_other_code_are_not_the_same(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare(folder, "first")
    capsys.readouterr()
    prepare(folder, "second", {"max_bad_row_share": 0.5})
    assert TAKEN_OVER not in capsys.readouterr().out
    monkeypatch.setattr(parts, "code_hash", lambda: "changed")
    prepare(folder, "third")
    assert TAKEN_OVER not in capsys.readouterr().out
