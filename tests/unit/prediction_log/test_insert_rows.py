"""Writing lines: feedback by row, and texts that a database cannot store."""

from pathlib import Path

import pandas as pd
import sqlalchemy as sa

from homestead.prediction_log.entries import FeedbackEntry
from homestead.prediction_log.spool import Spool
from tests.factories import failure_entry, prediction_entry
from tests.unit.prediction_log.log_database import logged_predictions, ship_once


def test_feedback_is_stored_by_row(tmp_path: Path, engine: sa.Engine) -> None:
    spool = Spool(tmp_path / "spool")
    spool.append(FeedbackEntry("f1", "homes", 5.0, "a", [100.0, 200.0]))
    spool.append(FeedbackEntry("f2", "homes", 6.0, "mine", ["left"], 0.5))
    spool.append(FeedbackEntry("f3", "homes", 7.0, "b", [], -1.0))
    ship_once(spool, engine)
    feedback = pd.read_sql('SELECT * FROM feedback ORDER BY feedback_id, "row"', engine)
    assert list(feedback.prediction_id) == ["a", "a", "mine", "b"]
    assert list(feedback.truth[:2]) == [100.0, 200.0]
    assert feedback.truth_label[2] == "left"
    assert list(feedback.reward[2:]) == [0.5, -1.0]


def test_a_failure_is_stored_once(tmp_path: Path, engine: sa.Engine) -> None:
    spool = Spool(tmp_path / "spool")
    for entry in (failure_entry("x1"), failure_entry("x1"), failure_entry("x2", failure="refused")):
        spool.append(entry)
    assert ship_once(spool, engine).error == ""
    failures = pd.read_sql("SELECT * FROM release_failures ORDER BY failure_id", engine)
    assert list(failures.failure_id) == ["x1", "x2"]
    assert list(failures.kind) == ["timeout", "refused"]
    first = failures.iloc[0]
    assert (first.release, first.side, first.challenger_share) == ("r1/0", "challenger", 0.5)


def test_a_text_with_nul_does_not_block_the_lines_behind_it(
    tmp_path: Path, engine: sa.Engine
) -> None:
    spool = Spool(tmp_path / "spool")
    entry = prediction_entry("a", 1.0)
    entry.request_id, entry.entities, entry.labels = "mi\0ne", ["\0"], ["yes"]
    spool.append(entry)
    spool.append(FeedbackEntry("f", "homes", 5.0, "mi\0ne", ["\0no"]))
    spool.append(prediction_entry("b", 1.0))
    shipper = ship_once(spool, engine)
    assert (shipper.status.left_out_lines, shipper.error) == (0, "")
    predictions = logged_predictions(engine)
    assert list(predictions.prediction_id) == ["a", "b"]
    # Feedback can still be joined with its prediction.
    feedback = pd.read_sql("SELECT * FROM feedback", engine)
    assert feedback.prediction_id[0] == predictions.request_id[0]


def test_a_line_that_the_database_rejects_is_left_out_alone(
    tmp_path: Path, engine: sa.Engine
) -> None:
    spool = Spool(tmp_path / "spool")
    for number in range(40):
        entry = prediction_entry(f"p{number:02}", 1.0)
        if number == 7:
            entry.version = "3" * 40  # too long for PostgreSQL
        if number == 23:
            entry.predictions = []
        spool.append(entry)
    shipper = ship_once(spool, engine)
    rejected = {"p07", "p23"} if engine.dialect.name == "postgresql" else {"p23"}
    arrived = set(logged_predictions(engine).prediction_id)
    assert arrived == {f"p{number:02}" for number in range(40)} - rejected
    assert (shipper.status.left_out_lines, shipper.error) == (len(rejected), "")
