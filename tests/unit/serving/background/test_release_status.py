"""Gauges of releases: progress of the one under way, and how earlier ones ended."""

import time
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from homestead.database.engine import open_database
from homestead.database.served_plans import ServedPlan, write_served_plan
from homestead.release.transitions import desired_plan
from homestead.serving.background.release_status import read_release_gauges
from homestead.settings import Settings
from homestead.steps.releases.records import ReleaseRecords
from tests.factories import model_version, release_record


@pytest.fixture
def records(database_url: str, settings: Settings) -> Iterator[ReleaseRecords]:
    engine = open_database(database_url)
    yield ReleaseRecords(engine, settings)
    engine.dispose()


def gauges(engine: sa.Engine) -> dict[str, float | None]:
    """Return values by name and labels, without those that are 0."""
    return {
        " ".join((name.removeprefix("homestead_release"), *labels)): value
        for name, labels, value in read_release_gauges(engine, "flats")
        if value != 0
    }


def test_before_the_first_release_there_is_nothing(records: ReleaseRecords) -> None:
    assert gauges(records.engine) == {}


def test_a_release_under_way_is_shown_with_its_times(records: ReleaseRecords) -> None:
    records.start(release_record(state="rolled_back", ended_at=900.0, started_at=500.0))
    records.start(release_record(2, step=1))
    waiting = model_version("9")
    records.start(release_record(3, state="waiting", challenger=waiting))
    plan = desired_plan(release_record(2, step=1))
    assert plan is not None
    now = time.time()
    for server, digest, seen_at in (
        ("one", plan.digest, now),
        ("two", "0" * 64, now),
        ("three", "0" * 64, now - 3600),
    ):
        served = ServedPlan(server, "flats", plan_digest=digest, seen_at=seen_at)
        write_served_plan(records.engine, served)
    assert gauges(records.engine) == {
        "s rolled_back": 1,
        "_ended_timestamp_seconds promoted": None,
        "_ended_timestamp_seconds rolled_back": 900.0,
        "_ended_timestamp_seconds superseded": None,
        "_servers planned": 1,
        "_servers other": 1,
        "_state running": 1,
        "_step": 2,
        "_traffic_share": 0.25,
        "_started_timestamp_seconds": 1000.0,
        "_step_timestamp_seconds": 1000.0,
        "_deadline_timestamp_seconds": 1000.0 + 72 * 3600,
    }


def test_after_the_end_its_times_are_unknown(records: ReleaseRecords) -> None:
    records.start(release_record(state="promoted", ended_at=900.0, step=3))
    found = gauges(records.engine)
    assert found["_state promoted"] == 1
    assert found["_traffic_share"] == 1.0
    assert found["_started_timestamp_seconds"] is None
    assert found["_deadline_timestamp_seconds"] is None
    assert found["_servers other"] is None
