"""Writing lines: feedback by row, and texts that a database cannot store."""

from pathlib import Path

import pandas as pd
import sqlalchemy as sa

from homestead.prediction_log.entries import FeedbackEntry
from homestead.prediction_log.spool import Spool
from tests.factories import prediction_entry
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
    assert (shipper.lag_rows, shipper.error) == (0, "")
    predictions = logged_predictions(engine)
    assert list(predictions.prediction_id) == ["a", "b"]
    # Feedback can still be joined with its prediction.
    feedback = pd.read_sql("SELECT * FROM feedback", engine)
    assert feedback.prediction_id[0] == predictions.request_id[0]
