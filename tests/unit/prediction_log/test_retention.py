"""Retention: rows older than the limit are deleted, of the one problem."""

import time

import pandas as pd
import sqlalchemy as sa

from homestead.prediction_log.entries import FeedbackEntry
from homestead.prediction_log.insert_rows import insert_lines
from homestead.prediction_log.retention import delete_older_than
from homestead.problem.schema import Problem
from tests.factories import failure_entry, flats_problem, prediction_entry
from tests.unit.prediction_log.labels.labelled_log import DAY_S, add, aside, former, log, predicted
from tests.unit.prediction_log.log_database import logged_predictions


def test_only_older_rows_of_the_problem_are_deleted(engine: sa.Engine) -> None:
    now_s = time.time()
    for name, days in (("old", 31), ("new", 29)):
        entry = prediction_entry(name, 1.0, 2.0)
        entry.timestamp_s = now_s - days * 86400
        feedback = FeedbackEntry(f"f-{name}", "homes", entry.timestamp_s, name, [1.0])
        failure = failure_entry(f"x-{name}", timestamp_s=entry.timestamp_s)
        insert_lines(engine, [entry, feedback, failure])
    other = prediction_entry("other", 1.0)
    other.problem = "churn"
    insert_lines(engine, [other])
    assert delete_older_than(engine, "homes", 30) == 4
    assert delete_older_than(engine, "homes", 30) == 0
    assert set(logged_predictions(engine).prediction_id) == {"new", "other"}
    remaining = pd.read_sql("SELECT prediction_id FROM feedback", engine)
    assert list(remaining.prediction_id) == ["new"]


def test_labels_their_history_and_quarantine_go_with_their_age(engine: sa.Engine) -> None:
    now_s = time.time()

    def label(name: str, rent: int, of: Problem, received_at: float) -> None:
        add(engine, {"prediction_id": name, "rent": rent}, received_at=received_at, of=of)

    other = flats_problem().model_copy(update={"name": "rooms"})
    for problem in (flats_problem(), other):
        for name, days in (("old", 31), ("new", 29)):
            at = now_s - days * DAY_S
            known = f"{problem.name}-{name}"
            log(engine, predicted(known, problem=problem.name, timestamp_s=at))
            # A day later, corrected after two: what was said of the old one is young itself.
            label(known, 1, problem, at + DAY_S)
            label(known, 2, problem, now_s - DAY_S)
            label(f"{problem.name}-no-{name}", 3, problem, at)
    assert delete_older_than(engine, "flats", 30) == 4
    assert delete_older_than(engine, "flats", 30) == 0
    remaining = pd.read_sql("SELECT prediction_id FROM labels ORDER BY prediction_id", engine)
    assert list(remaining.prediction_id) == ["flats-new", "rooms-new", "rooms-old"]
    assert former(engine) == [1.0, 1.0, 1.0]
    assert aside(engine) == {"unmatched": ["flats-no-new", "rooms-no-new", "rooms-no-old"]}
