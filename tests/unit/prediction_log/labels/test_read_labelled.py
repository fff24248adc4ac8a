"""Reading labelled predictions: only answered rows whose outcome is final."""

import hashlib
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from homestead.prediction_log.entries import PredictionEntry
from homestead.prediction_log.insert_rows import insert_lines
from homestead.prediction_log.labels.read_labelled import (
    LabelCounts,
    draw_labelled,
    label_counts,
    read_labelled,
)
from homestead.prediction_log.labels.tables import LABEL_QUARANTINE, LABELS
from homestead.problem.schema import Problem
from homestead.problem.sections.labels import LabelPolicy
from tests.factories import flats_problem, prediction_entry

DAY_S = 86400.0
NOW_S = 1_700_000_000.0
NOW = datetime.fromtimestamp(NOW_S, UTC)


@pytest.fixture
def problem() -> Problem:
    """Return a problem whose outcomes are final after seven days."""
    policy = LabelPolicy(after_days=7)
    return flats_problem().model_copy(update={"name": "homes", "labels": policy})


@pytest.fixture
def log(engine: sa.Engine) -> sa.Engine:
    """Return a log with predictions of two versions and a shadow, one of them labelled too soon."""
    entries: list[PredictionEntry] = []
    labels: list[dict[str, object]] = []
    for name, days in (("old", 9.0), ("due", 7.0), ("young", 3.0), ("shadow", 9.0)):
        entry = prediction_entry(name, 1.0, 2.0)
        entry.timestamp_s = NOW_S - days * DAY_S
        entry.version = "2" if name == "due" else "1"
        entry.shadow_of = "old" if name == "shadow" else None
        entries.append(entry)
        if name != "shadow":
            labels.append(label(name, entry.timestamp_s, len(labels) + 0.5))
    insert_lines(engine, entries)
    with engine.begin() as connection:
        connection.execute(sa.insert(LABELS), labels)
    return engine


def label(prediction_id: str, at: float, truth: float) -> dict[str, object]:
    return {
        "prediction_id": prediction_id,
        "row": 1,
        "problem": "homes",
        "at": at,
        "truth": truth,
        "received_at": NOW_S - DAY_S,
        "labelled_at": NOW_S - 2 * DAY_S if prediction_id == "due" else None,
        "source": "labels.csv",
        "offset_s": 0,
    }


def test_only_predictions_that_are_old_enough_count(log: sa.Engine, problem: Problem) -> None:
    frame = read_labelled(log, problem, now=NOW)
    assert list(frame.prediction_id) == ["old", "due"]
    assert list(frame.row) == [1, 1]
    assert list(frame.truth) == [0.5, 1.5]
    assert list(frame.prediction) == [4.0, 4.0]
    assert list(frame.labelled_at) == [NOW_S - DAY_S, NOW_S - 2 * DAY_S]
    assert frame.features[0] == {"area": 2.0, "floor": None}
    assert list(frame.entity) == ["7", "7"]
    at_once = problem.model_copy(update={"labels": LabelPolicy()})
    assert list(read_labelled(log, at_once, now=NOW).prediction_id) == ["old", "due", "young"]


def test_a_window_and_versions_limit_what_is_read(log: sa.Engine, problem: Problem) -> None:
    due = datetime.fromtimestamp(NOW_S - 7 * DAY_S, UTC)
    assert list(read_labelled(log, problem, since=due, now=NOW).prediction_id) == ["due"]
    assert list(read_labelled(log, problem, until=due, now=NOW).prediction_id) == ["old"]
    assert list(read_labelled(log, problem, versions=["2"], now=NOW).prediction_id) == ["due"]
    empty = read_labelled(log, problem, versions=[], now=NOW)
    assert len(empty) == 0
    assert empty.truth.dtype == float


def test_the_database_draws_rows_of_one_model(log: sa.Engine, problem: Problem) -> None:
    at_once = problem.model_copy(update={"labels": LabelPolicy()})
    window = datetime.fromtimestamp(NOW_S - 30 * DAY_S, UTC), NOW

    def draw(max_rows: int, digest: str = "d" * 64) -> tuple[list[str], int]:
        frame, count = draw_labelled(
            log, at_once, *window, digest=digest, max_rows=max_rows, now=NOW
        )
        return list(frame.prediction_id), count

    assert draw(3) == (["old", "due", "young"], 3)
    # In the order of MD5 of "due:1", "young:1" and "old:1", whatever the database; then by time.
    names = sorted(["old", "due", "young"], key=lambda n: _md5(f"{n}:1"))
    assert set(draw(2)[0]) == set(names[:2])
    assert draw(2)[1] == 3
    assert draw(1) == (names[:1], 3)
    assert draw(3, "e" * 64) == ([], 0)


def test_counts_tell_labels_that_wait_from_those_that_never_count(
    log: sa.Engine, problem: Problem
) -> None:
    misfits = [("a", "unmatched", 1.0), ("b", "unmatched", 31.0), ("c", "ambiguous", 1.0)]
    rows = [
        {
            "statement": statement,
            "problem": "homes",
            "kind": kind,
            "reason": "",
            "named_by": "prediction",
            "received_at": NOW_S - days * DAY_S,
            "source": "api",
            "waits_until": NOW_S + (30 - days) * DAY_S if kind == "unmatched" else None,
        }
        for statement, kind, days in misfits
    ]
    with log.begin() as connection:
        connection.execute(sa.insert(LABEL_QUARANTINE), rows)
    assert label_counts(log, problem, now=NOW) == LabelCounts(
        predictions=4, labelled=2, quarantined=2, waiting=1
    )


def _md5(text: str) -> bytes:
    return hashlib.md5(text.encode(), usedforsecurity=False).digest()
