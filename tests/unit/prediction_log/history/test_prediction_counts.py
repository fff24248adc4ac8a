"""Counts of rows by model file, and what became known of a prediction."""

import sqlalchemy as sa

from homestead.prediction_log.history.outcomes import KnownOutcome, read_outcomes
from homestead.prediction_log.history.prediction_counts import (
    PredictionCounts,
    count_predictions,
)
from homestead.prediction_log.insert_rows import insert_lines
from homestead.prediction_log.labels.tables import LABEL_HISTORY, LABELS
from tests.factories import prediction_entry


def test_answered_rows_shadows_and_labels_are_counted_by_digest(engine: sa.Engine) -> None:
    answered, later, shadow, other = (prediction_entry(name, 1.0, 2.0) for name in "abcd")
    later.timestamp_s += 9
    shadow.shadow_of = "a"
    other.problem = "others"
    insert_lines(engine, [answered, later, shadow, other])
    outcome = {
        "prediction_id": "a",
        "row": 1,
        "problem": "homes",
        "at": answered.timestamp_s,
        "truth": 2.5,
        "received_at": 9.0,
        "offset_s": 0.0,
        "source": "api",
    }
    with engine.begin() as connection:
        connection.execute(sa.insert(LABELS), outcome)
        former = {**outcome, "truth": 2.0, "superseded_at": 9.0}
        connection.execute(sa.insert(LABEL_HISTORY), former)
    first = answered.timestamp_s
    assert count_predictions(engine, "homes") == {
        "d" * 64: PredictionCounts(4, 2, first, first + 9, 1)
    }
    assert read_outcomes(engine, "a") == [KnownOutcome(1, 2.5, None, 9.0, "api", 1)]
    assert read_outcomes(engine, "b") == []
