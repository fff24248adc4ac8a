"""Plots of a release show limits, intervals and units that a reader needs."""

import numpy as np

from homestead.release.analysis.result import TestResult
from homestead.reports.charts import WIDE
from homestead.reports.releases.figures import (
    latency_shares,
    slice_intervals,
    test_over_time,
    traffic_shares,
)


def result(**changes: object) -> TestResult:
    fields: dict[str, object] = {
        "name": "error",
        "title": "the mean error",
        "verdict": "undecided",
        "estimate": 0.01,
        "low": -0.02,
        "high": 0.04,
        "harmful_above": 0.0,
        "passed_below": 0.05,
        "observations": 300,
        "e_value": 1.0,
        "level": 0.005,
    }
    return TestResult.model_validate({**fields, **changes})


def test_a_test_is_drawn_with_both_limits_and_its_interval_in_view() -> None:
    wide = result(low=-5.0, high=9.0, estimate=None, observations=1)
    figure = test_over_time(WIDE, [(10.0, wide), (400.0, result()), (4000.0, result())])
    (axis,) = figure.axes
    low, high = axis.get_ylim()
    # The first, wide interval does not make the last one a line.
    assert low < -0.02
    assert 0.05 < high < 0.2
    assert axis.get_xlabel() == "minutes since the start"


def test_one_look_is_drawn_as_a_point() -> None:
    figure = test_over_time(WIDE, [(1.0, result(passed_below=None))])
    assert figure.axes[0].get_xlabel() == "seconds since the start"


def test_shares_are_drawn_to_the_end() -> None:
    (axis,) = traffic_shares(WIDE, [0.0, 60.0], [0.05, 1.0], 400_000.0).axes
    assert axis.get_xlabel() == "days since the start"


def test_slices_are_named_with_their_rows() -> None:
    slices = [result(name="slice grade=7"), result(name="slice grade=8", verdict="harm")]
    (axis,) = slice_intervals(WIDE, slices).axes
    names = [label.get_text() for label in axis.get_yticklabels()]
    assert names == ["grade=7 (300 rows)", "grade=8 (300 rows)"]


def test_latencies_of_both_models_are_drawn() -> None:
    seconds = {"challenger": np.array([0.002, 0.003]), "champion": np.array([0.001])}
    (axis,) = latency_shares(WIDE, seconds).axes
    assert [line.get_label() for line in axis.get_lines()][:2] == list(seconds)
