"""Policies: values that cannot be meant are refused, and a file without them has the defaults."""

import pytest
from pydantic import ValidationError

from homestead.problem.sections.policies import DriftPolicy, Objectives


def test_without_keys_drift_is_calibrated_at_one_false_alarm_in_a_hundred_months() -> None:
    policy = DriftPolicy()
    assert (policy.calibrated, policy.false_alarms_per_month) == (True, 0.01)
    assert policy.max_drift_share == 0.3


@pytest.mark.parametrize("level", [0.0, -0.01, 0.6])
def test_a_rate_of_false_alarms_is_above_zero_and_at_most_one_half(level: float) -> None:
    with pytest.raises(ValidationError, match="false_alarms_per_month"):
        DriftPolicy(false_alarms_per_month=level)


def test_fewer_rows_than_needed_are_no_sample() -> None:
    with pytest.raises(ValidationError, match="min_rows 500 is more than max_rows 400"):
        DriftPolicy(min_rows=500, max_rows=400)


def test_a_latency_objective_is_an_edge_of_the_histogram() -> None:
    with pytest.raises(ValidationError, match=r"found 60, allowed are 0\.1, "):
        Objectives(latency_ms=60)
