"""Loading problem files: where they come from, and the text that a pipeline's parameter carries."""

from pathlib import Path

import pytest
import yaml

from homestead.bundled import bundled_path
from homestead.errors import UserError
from homestead.problem.loader import dump_problem, load_problem, parse_problem
from tests.conftest import CHURN
from tests.problem_text import FLATS, changed_flats

ROOT = Path(__file__).parents[3]


def test_a_valid_file_is_read() -> None:
    problem = parse_problem(FLATS)
    assert problem.category_codes("district") == ("north", "south")
    assert problem.category_codes("area") is None
    assert problem.views["market"].names == ("typical",)


def test_a_problem_survives_being_a_pipeline_parameter() -> None:
    problem = parse_problem(FLATS)
    assert parse_problem(dump_problem(problem)) == problem


def test_the_text_may_be_the_path_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "flats.yaml"
    path.write_text(FLATS)
    assert parse_problem(f"{path}\n") == load_problem(path)


def test_the_projects_own_table_is_found_from_any_folder(tmp_path: Path) -> None:
    source = "data/king_county_house_sales.parquet"
    path = tmp_path / "flats.yaml"
    path.write_text(changed_flats(source=source), encoding="utf-8")
    assert load_problem(path).source == str(bundled_path(source))
    own = tmp_path / source
    own.parent.mkdir()
    own.touch()
    assert load_problem(path).source == str(own.resolve())


def test_a_relative_source_is_resolved_against_the_files_folder(tmp_path: Path) -> None:
    path = tmp_path / "flats.yaml"
    path.write_text(FLATS)
    assert load_problem(path).source == str(tmp_path / "flats.csv")
    path.write_text(changed_flats(source="s3://bucket/flats.csv"))
    assert load_problem(path).source == "s3://bucket/flats.csv"


def test_a_file_that_is_missing_or_not_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"nowhere\.yaml: no such problem file"):
        load_problem(tmp_path / "nowhere.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"name: caf\xe9")
    with pytest.raises(UserError, match=r"latin\.yaml: not a text in UTF-8"):
        load_problem(tmp_path / "latin.yaml")


def test_the_default_problem_file_is_valid() -> None:
    assert load_problem(ROOT / "problems" / "house_price.yaml").name == "house_price"


def test_a_problem_is_written_with_the_keys_that_its_file_states() -> None:
    stated = yaml.safe_load(CHURN.read_text())
    written = yaml.safe_load(dump_problem(load_problem(CHURN)))
    assert written.keys() <= stated.keys()
    for name, view in written["views"].items():
        assert view.keys() <= stated["views"][name].keys()
