"""Latencies from histograms."""

import math

import pytest

from homestead.steps.ui.boxes.latency import histogram_quantile

BUCKETS = {0.001: 50.0, 0.005: 90.0, 0.01: 100.0, math.inf: 100.0}


@pytest.mark.parametrize(
    ("share", "seconds"), [(0.25, 0.0005), (0.5, 0.001), (0.9, 0.005), (0.95, 0.0075), (1.0, 0.01)]
)
def test_a_quantile_lies_within_its_bucket(share: float, seconds: float) -> None:
    assert histogram_quantile(share, BUCKETS) == pytest.approx(seconds)


def test_beyond_the_last_edge_that_edge_is_known() -> None:
    assert histogram_quantile(0.99, {0.1: 10.0, math.inf: 100.0}) == 0.1


def test_no_requests_have_no_quantile() -> None:
    assert histogram_quantile(0.5, {}) is None
    assert histogram_quantile(0.5, {0.1: 0.0, math.inf: 0.0}) is None
