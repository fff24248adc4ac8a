"""Retention: rows older than the limit are deleted, of the one problem."""

import time

import pandas as pd
import sqlalchemy as sa

from homestead.prediction_log.entries import FeedbackEntry
from homestead.prediction_log.insert_rows import insert_lines
from homestead.prediction_log.retention import delete_older_than
from tests.factories import failure_entry, prediction_entry
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
