"""Old names of keys in problem files: read with a warning, refused beside the new name."""

import warnings
from pathlib import Path

import pytest
from click.testing import CliRunner

from homestead.cli.main import main
from homestead.errors import RenamedKeyWarning, UserError
from homestead.problem.loader import dump_problem, parse_problem
from homestead.problem.renamed_keys import RENAMED_KEYS, RenamedKey
from tests.problem_text import FLATS, changed_flats

VALUES = {"max_bad_row_share": 0.2, "drift.max_drift_share": 0.4, "gate.min_slice_rows": 7}


def _flats_with(*paths: str) -> str:
    """Return the valid file with a value for each path, an old or a new name."""
    new_paths = {key.old_path: key.new_path for key in RENAMED_KEYS}
    values = {path.replace(".", "__"): VALUES[new_paths.get(path, path)] for path in paths}
    return changed_flats(**values)


@pytest.mark.parametrize("key", RENAMED_KEYS, ids=lambda key: key.old_path)
def test_an_old_name_means_the_new_one_and_warns(key: RenamedKey) -> None:
    with pytest.warns(RenamedKeyWarning) as warned:
        problem = parse_problem(_flats_with(key.old_path), "flats.yaml")
    assert problem == parse_problem(_flats_with(key.new_path))
    assert [str(warning.message) for warning in warned] == [
        f"flats.yaml: {key.old_path} is now called {key.new_path};"
        f" the old name is read until version {key.removed_in}"
    ]


@pytest.mark.parametrize("key", RENAMED_KEYS, ids=lambda key: key.old_path)
def test_both_names_together_are_an_error_that_names_both(key: RenamedKey) -> None:
    with pytest.raises(UserError) as error:
        parse_problem(_flats_with(key.old_path, key.new_path), "flats.yaml")
    assert str(error.value) == (
        f"flats.yaml: {key.old_path} and {key.new_path}: found both,"
        f" allowed is {key.new_path}, the new name of {key.old_path}"
    )


def test_a_wrong_value_is_reported_at_the_new_name() -> None:
    text = changed_flats(tolerance=3)
    with pytest.warns(RenamedKeyWarning), pytest.raises(UserError, match="max_bad_row_share: fou"):
        parse_problem(text)


def test_new_names_do_not_warn_and_are_what_is_written() -> None:
    with pytest.warns(RenamedKeyWarning):
        problem = parse_problem(_flats_with(*(key.old_path for key in RENAMED_KEYS)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert parse_problem(dump_problem(problem)) == problem
        parse_problem(FLATS)


def test_the_command_line_shows_one_line_for_each_old_name(tmp_path: Path) -> None:
    path = tmp_path / "flats.yaml"
    path.write_text(_flats_with("tolerance", "drift.share"))
    (tmp_path / "flats.csv").write_text("id,listed,rent\n1,2024-01-01,800\n")
    result = CliRunner().invoke(main, ["validate", "--problem", str(path)])
    lines = result.stderr.splitlines()
    assert lines[:2] == [
        f"warning: {path}: tolerance is now called max_bad_row_share;"
        " the old name is read until version 0.3",
        f"warning: {path}: drift.share is now called drift.max_drift_share;"
        " the old name is read until version 0.3",
    ]
    assert [line.split(":")[0] for line in lines[2:]] == ["error"]  # the table lacks columns
