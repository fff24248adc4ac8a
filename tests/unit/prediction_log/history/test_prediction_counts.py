"""Counts of rows by model file."""

import sqlalchemy as sa

from homestead.prediction_log.history.prediction_counts import (
    PredictionCounts,
    count_predictions,
)
from homestead.prediction_log.insert_rows import insert_lines
from tests.factories import prediction_entry


def test_answered_rows_and_shadows_are_counted_by_digest(engine: sa.Engine) -> None:
    answered, later, shadow, other = (prediction_entry(name, 1.0, 2.0) for name in "abcd")
    later.timestamp_s += 9
    shadow.shadow_of = "a"
    other.problem = "others"
    insert_lines(engine, [answered, later, shadow, other])
    first = answered.timestamp_s
    assert count_predictions(engine, "homes") == {
        "d" * 64: PredictionCounts(4, 2, first, first + 9)
    }
