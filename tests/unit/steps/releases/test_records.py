"""Records of releases: of two changes of one record, one is refused; a home can be moved."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from homestead.database.engine import open_database
from homestead.database.releases import RELEASE_EVENTS, RELEASES
from homestead.release.analysis.result import Analysis
from homestead.release.learnt import LearntValues
from homestead.release.transitions import decide
from homestead.settings import Settings
from homestead.steps.releases.records import (
    RecordConflictError,
    ReleaseRecords,
    open_records,
)
from tests.conftest import settings_at
from tests.factories import model_version, release_record

# As the version wrote it whose policy had no 'min_labels' and whose record had no slices.
_EARLIER = """
{"id": "flats-1", "problem": "flats", "number": 1, "revision": 3, "run_id": "",
 "challenger": {"version": "2", "digest":
  "2222222222222222222222222222222222222222222222222222222222222222", "uri": "s3://models/2/model.onnx",
  "created": null},
 "champion": {"version": "1", "digest":
  "1111111111111111111111111111111111111111111111111111111111111111", "uri": "s3://models/1/model.onnx",
  "created": null},
 "plan_before": {"schema_version": 1, "problem": "flats", "champion": {"version": "1",
  "digest":
  "1111111111111111111111111111111111111111111111111111111111111111", "uri": "s3://models/1/model.onnx",
  "created": null}, "challenger": null, "traffic_share": 0.0},
 "previous_version": null,
 "policy": {"strategy": "canary", "steps": [0.05, 0.25, 0.5, 1.0], "min_step_minutes": 10.0,
  "min_step_requests": 500, "max_hours": 72.0, "without_traffic": "wait",
  "without_traffic_hours": 24.0, "paired_share": 0.1, "error_level": 0.01, "approval": "none",
  "while_releasing": "replace",
  "limits": {"error": 0.05, "distance": 0.25, "slower": 0.15, "slowest": 0.03}},
 "state": "running", "step": 1, "started_at": 1000.0, "changed_at": 2000.0, "step_since": 2000.0,
 "deadline": 260200.0, "ended_at": null, "paused_at": null, "reason": "went on", "numbers": {},
 "wishes": []}
"""


@pytest.fixture
def records(database_url: str, tmp_path: Path) -> Iterator[ReleaseRecords]:
    engine = open_database(database_url)
    yield ReleaseRecords(engine, Settings(home=tmp_path / "home"))
    engine.dispose()


def test_a_release_is_read_as_it_was_written(records: ReleaseRecords) -> None:
    assert records.ruling("flats") is None
    assert records.next_number("flats") == 1
    record = release_record(numbers={"requests": 12})
    records.start(record)
    assert records.ruling("flats") == records.of_id("flats-1") == record
    assert records.of_digest("flats", record.challenger.digest) == record
    assert records.ruling("homes") is None
    assert records.next_number("flats") == 2


def test_of_two_changes_of_one_record_the_second_is_refused(records: ReleaseRecords) -> None:
    records.start(release_record())
    record = records.ruling("flats")
    assert record is not None
    written = records.replace(record.model_copy(update={"step": 1, "reason": "went on"}))
    with pytest.raises(RecordConflictError):
        records.replace(record.model_copy(update={"state": "paused"}), who="ada")
    assert records.ruling("flats") == written
    paused = written.model_copy(update={"state": "paused", "reason": "a look at it"})
    records.replace(paused, who="ada")
    with records.engine.connect() as connection:
        events = connection.execute(sa.select(RELEASE_EVENTS)).all()
    assert [(e.revision, e.state, e.traffic_share, e.who) for e in events] == [
        (0, "running", 0.05, None),
        (1, "running", 0.25, None),
        (2, "paused", 0.25, "ada"),
    ]


def test_a_start_that_comes_second_changes_nothing(records: ReleaseRecords) -> None:
    first = release_record()
    records.start(first)
    with pytest.raises(RecordConflictError):
        records.start(release_record())
    ended = first.model_copy(update={"state": "superseded", "reason": "version 3 came"})
    newer = release_record(2, challenger=model_version("3"))
    records.start(newer, superseded=[ended])
    with pytest.raises(RecordConflictError):
        records.start(release_record(3), superseded=[ended])
    assert records.ruling("flats") == newer
    assert [record.state for record in records.all("flats")] == ["superseded", "running"]


def test_a_waiting_release_does_not_rule(records: ReleaseRecords) -> None:
    records.start(release_record())
    waiting = release_record(2, challenger=model_version("3"), state="waiting")
    records.start(waiting)
    assert records.ruling("flats") == release_record()
    assert records.waiting("flats") == waiting


def test_what_was_learnt_is_kept_and_left_out_where_all_is_listed(records: ReleaseRecords) -> None:
    learnt = LearntValues(classes=("no", "yes"), categories={"champion": {"zone": ("a", "b")}})
    record = release_record(learnt=learnt)
    records.start(record)
    assert records.ruling("flats") == record
    # A controller of an earlier version refuses a key that it does not know.
    assert "learnt" not in release_record().model_dump_json()


def test_a_release_that_an_earlier_version_began_goes_on(records: ReleaseRecords) -> None:
    records.start(release_record(revision=3, step=1))
    with records.engine.begin() as connection:
        connection.execute(sa.update(RELEASES).values(document=_EARLIER))
    found = records.ruling("flats")
    assert found is not None
    # Nothing new is asked of it in mid-release.
    assert (found.policy.min_labels, found.slices, found.learnt.classes) == (0, {}, ())
    analysis = Analysis(
        verdict="go_on", reason="figures", error_level=0.01, challenger_requests=500
    )
    decided = decide(found, analysis, now=2000.0 + 600)
    assert decided is not None
    written = records.replace(decided)
    assert (written.step, written.state, written.revision) == (2, "running", 4)
    assert records.ruling("flats") == written


def test_a_moved_home_finds_its_models(tmp_path: Path) -> None:
    old, new = settings_at(tmp_path / "old"), settings_at(tmp_path / "new")
    in_home = model_version("2", uri=f"{old.home.as_uri()}/models/m.onnx")
    with open_records(old) as records:
        records.start(release_record(challenger=in_home))
    old.home.rename(new.home)
    with open_records(new) as records:
        moved = records.ruling("flats")
    assert moved is not None
    assert moved.challenger.uri == f"{new.home.as_uri()}/models/m.onnx"
    assert moved.champion == model_version("1")
