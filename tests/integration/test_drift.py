"""A drift check from end to end: prediction log, champion's snapshot, report in three places."""

from pathlib import Path

import pytest
from mlflow import MlflowClient

from homestead.database.drift_reports import latest_drift_report
from homestead.database.engine import open_database
from homestead.drift.result import DriftReport
from homestead.problem.schema import Problem
from homestead.settings import Settings
from homestead.steps.check_drift import check_drift
from homestead.steps.drift.reports import newest_drift_report
from tests.conftest import settings_at
from tests.factories import flats_problem, flats_rows
from tests.flats_registry import CONTRACT, log_rows, register_flats

REFERENCE = flats_rows(6000, 0)
FILES = {"drift.json", "summary.html", "evidently.html"}
# An earlier problem file listed the districts the other way round.
DISTRICT = CONTRACT.columns["district"]
EARLIER_DISTRICT = DISTRICT.model_copy(update={"allowed": (DISTRICT.allowed or ())[::-1]})
EARLIER = CONTRACT.model_copy(
    update={"columns": {**CONTRACT.columns, "district": EARLIER_DISTRICT}}
)


@pytest.fixture(scope="module")
def problem() -> Problem:
    return flats_problem()


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Return a registry whose champion, version 2, was trained on REFERENCE."""
    settings = settings_at(tmp_path_factory.mktemp("home"))
    register_flats(settings, REFERENCE, (EARLIER, CONTRACT))
    return settings


@pytest.fixture
def settings(embedded: Settings, database_url: str) -> Settings:
    """Return the same registry with a database of each kind."""
    return embedded.model_copy(update={"database_url": database_url})


def stored_files(settings: Settings) -> list[set[str]]:
    """Names of the files that each check stored with the champion's run, oldest first."""
    client = MlflowClient(settings.tracking_uri, settings.tracking_uri)
    run_id = str(client.get_model_version_by_alias("flats", "champion").run_id)
    checks = sorted(item.path for item in client.list_artifacts(run_id, "drift"))
    return [{Path(f.path).name for f in client.list_artifacts(run_id, path)} for path in checks]


def test_a_check_is_kept_with_the_champion_on_disk_and_in_the_table(
    problem: Problem, settings: Settings
) -> None:
    engine = open_database(settings.database_url)
    log_rows(engine, flats_rows(700, 3).assign(area=1.0, age=2.0))
    result = check_drift(problem, settings)
    assert result.verdict == "drift"
    row = latest_drift_report(engine, "flats")
    assert row is not None
    assert (row.version, row.verdict, row.rows) == ("2", "drift", 700)
    assert row.columns == [column.model_dump() for column in result.columns]
    assert result.calibrated is not None
    assert result.calibrated.verdict == "drift"
    assert {column.name for column in result.calibrated.drifted} == {"area", "age"}
    again = check_drift(problem, settings)
    assert again.calibrated == result.calibrated  # the same rows: no level is spent anew
    newest = newest_drift_report(engine, "flats")
    assert newest is not None
    assert newest.calibrated == again.calibrated
    row = latest_drift_report(engine, "flats")
    assert row is not None
    folder = settings.home / "reports" / "flats" / "drift"
    assert {path.name for path in folder.iterdir()} == FILES
    report = DriftReport.model_validate_json((folder / "drift.json").read_text())
    assert (report.share, report.columns) == (result.share, result.columns)
    assert report.at.timestamp() == row.at
    assert "no longer look like" in (folder / "summary.html").read_text()
    assert stored_files(settings)[-1:] == [FILES]

    inconclusive = check_drift(problem, settings, last=20)
    row = latest_drift_report(engine, "flats")
    assert row is not None
    assert (inconclusive.verdict, row.verdict, row.share) == ("inconclusive",) * 2 + (None,)
    assert {path.name for path in folder.iterdir()} == {"drift.json", "summary.html"}
    assert stored_files(settings)[-2:] == [FILES, {"drift.json", "summary.html"}]
    engine.dispose()


def test_rows_of_an_earlier_model_are_read_by_its_own_contract(
    problem: Problem, settings: Settings
) -> None:
    engine = open_database(settings.database_url)
    log_rows(engine, flats_rows(400, 3))
    served = flats_rows(600, 4)
    log_rows(engine, served.assign(district=2 - served["district"]), EARLIER, "b")
    # The problem file of today names other inputs; the champion's own are compared.
    changed = problem.model_copy(update={"features": ("area",)})
    result = check_drift(changed, settings)
    engine.dispose()
    assert (result.verdict, result.rows, result.drifted_columns) == ("no drift", 1000, ())
    assert [column.name for column in result.columns] == list(CONTRACT.features)
