"""Calibrated verdicts: their JSON, their drifted columns and their changes in words."""

from typing import Any

import pytest

from homestead.drift.calibrated_result import CalibratedDrift
from tests.factories import calibrated_drift, compared_column


def test_a_verdict_is_the_same_after_a_round_trip_through_json() -> None:
    target = compared_column("price", role="target", before=None, after=None)
    result = calibrated_drift(target=target)
    assert CalibratedDrift.model_validate_json(result.model_dump_json()) == result
    later = {**result.model_dump(mode="json"), "new_key": 1}
    assert CalibratedDrift.model_validate(later) == result


def test_drifted_columns_of_each_role_are_in_the_order_of_their_certainty() -> None:
    surer = compared_column("prediction", role="prediction", p_value=1e-20)
    calm = compared_column("floor", drifted=False, p_value=1e-30)
    result = calibrated_drift(columns=(compared_column(), calm), prediction=surer)
    assert [column.name for column in result.drifted] == ["prediction", "area"]
    assert [column.name for column in result.compared] == ["area", "floor", "prediction"]


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "median 54 → 70"),
        ({"before": 455_378.0, "after": 1_163_512.0}, "median 455,378 → 1,163,512"),
        ({"test": "missing", "before": 0.0, "after": 0.125}, "share 0.0% → 12.5%"),
        ({"after": None}, "not known"),
    ],
)
def test_a_change_is_told_in_words(changes: dict[str, Any], text: str) -> None:
    assert compared_column(**changes).change == text
