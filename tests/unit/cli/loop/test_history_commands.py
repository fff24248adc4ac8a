"""Commands of history: what they print, write and exit with."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from homestead.cli.main import main
from homestead.database.engine import open_database
from homestead.prediction_log.tables import PREDICTIONS
from homestead.settings import Settings
from homestead.tracking import runs
from tests.conftest import settings_at
from tests.history import (
    HOMES,
    homes_problem,
    homes_rows,
    log_predictions,
    register_file,
    trained_model,
)


class _Home:
    """A registered model, four logged predictions of it, and its problem file."""

    def __init__(self, folder: Path) -> None:
        self.settings: Settings = settings_at(folder / "home")
        self.problem = folder / "homes.yaml"
        self.problem.write_text(HOMES)
        mlflow = runs.open_client(self.settings)
        content = trained_model(homes_problem(), "linear", homes_rows(60))
        self.model = register_file(mlflow, "homes", content, folder / "models")
        self.engine = open_database(self.settings.database_url)
        rows = homes_rows(4, seed=1)
        self.ids = log_predictions(self.engine, self.model, "1", rows, sizes=(1,))

    def run(self, *arguments: str) -> Result:
        environment = self.settings.environment()
        command = [arguments[0], "--problem", str(self.problem), *arguments[1:]]
        return CliRunner().invoke(main, command, env=environment)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Home]:
    home = _Home(tmp_path_factory.mktemp("commands"))
    yield home
    home.engine.dispose()


def test_a_prediction_is_replayed_and_explained(home: _Home) -> None:
    result = home.run("replay", home.ids[0])
    assert result.exit_code == 0, result.output
    assert "the same bits" in result.output
    assert "base" in result.output


def test_a_window_is_chosen_by_times_with_a_zone(home: _Home) -> None:
    # The predictions are of 2023-11-14 22:13:20 UTC and the three seconds after it.
    whole = home.run("replay")
    assert (whole.exit_code, whole.output) == (0, "version 1: 4 the same bits\n")
    since = home.run("replay", "--since", "2023-11-14T14:13:22-08:00")
    assert since.output == "version 1: 2 the same bits\n"
    refused = home.run("replay", "--until", "yesterday")
    assert refused.exit_code == 2
    assert "found 'yesterday', allowed is a time" in refused.output


def test_a_lineage_is_printed_as_lines_json_and_a_page(home: _Home, tmp_path: Path) -> None:
    page = tmp_path / "lineage.html"
    result = home.run("lineage", home.ids[1], "--html", str(page))
    assert result.exit_code == 0, result.output
    assert f"digest            {home.model.digest}" in result.output
    assert home.model.digest in page.read_text()
    document = json.loads(home.run("lineage", "1", "--json").output)
    assert document["versions"][0]["use"]["rows"] == 4
    unknown = home.run("lineage", "nothing")
    assert unknown.exit_code == 1
    assert "error: homes: nothing is known of 'nothing'" in unknown.output


def test_served_inputs_are_compared_and_told_as_lines_or_json(home: _Home) -> None:
    result = home.run("parity", "--last", "2")
    assert result.exit_code == 0, result.output
    assert result.output.startswith("2 rows: 2 values of 1 inputs compared, 0 differ;")
    document = json.loads(home.run("parity", "--json").output)
    assert (document["rows"], document["predictions_equal"]) == (4, 4)


def test_a_version_that_cannot_be_rebuilt_here_says_what_is_missing(home: _Home) -> None:
    result = home.run("reproduce", "v1")
    assert result.exit_code == 3
    assert "problem file  missing" in result.output
    assert "not rebuilt: missing or different: problem file" in result.output


def test_the_exit_code_tells_a_difference_from_what_cannot_be_replayed(home: _Home) -> None:
    columns = PREDICTIONS.c
    of_last = columns.prediction_id == home.ids[3]
    with home.engine.begin() as connection:
        connection.execute(sa.update(PREDICTIONS).where(of_last).values(digest="e" * 64))
    assert home.run("replay").exit_code == 3
    assert home.run("replay", home.ids[3]).exit_code == 3
    with home.engine.begin() as connection:
        of_third = columns.prediction_id == home.ids[2]
        connection.execute(sa.update(PREDICTIONS).where(of_third).values(prediction=0.0))
    assert home.run("replay").exit_code == 1
    assert home.run("replay", home.ids[2]).exit_code == 1
    parity = home.run("parity")
    assert parity.exit_code == 1
    assert f"prediction {home.ids[2]}, row 0, entity 2, version 1, " in parity.output
