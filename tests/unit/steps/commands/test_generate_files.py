"""Generated files: those in the repository are the ones that the code makes."""

from pathlib import Path

from homestead.problem.loader import load_problem
from homestead.problem.schema import Problem
from homestead.settings import Settings
from homestead.steps.commands.generate_files import (
    SETTINGS_PAGE,
    generate_files,
    settings_table,
    with_settings_table,
)

ROOT = Path(__file__).parents[4]


def test_the_repository_holds_what_the_code_generates(tmp_path: Path) -> None:
    problem = load_problem(ROOT / "problems" / "house_price.yaml")
    paths = list(generate_files(problem, tmp_path))
    assert Path("problems/schema.json") in paths
    for path in paths:
        assert (tmp_path / path).read_text() == (ROOT / path).read_text(), path


def test_the_settings_page_lists_each_setting_with_default_unit_and_meaning() -> None:
    page = (ROOT / SETTINGS_PAGE).read_text()
    assert with_settings_table(page) == page
    row = "| `HOMESTEAD_LOOKUP_MS` | 50 | ms | 1 to 60000 | how long a request waits"
    assert row in page
    assert len(settings_table().splitlines()) == 2 + len(Settings.model_fields)


def test_no_settings_page_is_made_where_there_is_none(tmp_path: Path) -> None:
    problem = load_problem(ROOT / "problems" / "house_price.yaml")
    assert Path(SETTINGS_PAGE) not in list(generate_files(problem, tmp_path))
    assert not (tmp_path / "docs").exists()


def test_another_problem_overwrites_no_file_of_the_first(churn: Problem, tmp_path: Path) -> None:
    first = load_problem(ROOT / "problems" / "house_price.yaml")
    own = {path: (tmp_path / path).read_bytes() for path in generate_files(first, tmp_path)}
    other = churn.model_copy(update={"source": "s3://bucket/churn.csv"})
    written = set(generate_files(other, tmp_path))
    assert {path: (tmp_path / path).read_bytes() for path in own} == own
    assert written - own.keys() == {
        Path("manifests/problems/churn/rules.yaml"),
        Path("manifests/problems/churn/objects.yaml"),
    }
