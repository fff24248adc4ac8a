"""Change of an input: effect, direction and unit, with and without calibrated tests."""

import numpy as np
import pandas as pd
import pytest

from homestead.drift.result import ColumnDrift, DriftResult
from homestead.problem.sections.column import Column
from homestead.reports.drift.changes import column_changes
from tests.factories import calibrated_drift, compared_column

AREA = Column(type="number", unit="m2", description="", range=(0.0, 500.0))
PLAN = Column(type="category", description="", allowed=("small", "large"))


def result(*names: str, drifted: bool = True) -> DriftResult:
    columns = [ColumnDrift(name=name, score=0.1, method="ks", drifted=drifted) for name in names]
    return DriftResult("drift", 1.0, 0.3, 100, tuple(columns))


def frame(**columns: list[float]) -> pd.DataFrame:
    return pd.DataFrame(columns)


@pytest.mark.parametrize(
    ("now", "direction"),
    [
        ([7.0, 8.0, 9.0], "higher"),
        ([1.0, 0.0, 0.5], "lower"),
        ([4.0, 5.0, 6.0], "spread otherwise"),
    ],
)
def test_a_number_moves_up_or_down(now: list[float], direction: str) -> None:
    then = frame(area=[3.0, 5.0, 7.0])
    (change,) = column_changes(result("area"), then, frame(area=now), {"area": AREA})
    assert change.direction == direction
    assert change.change.endswith("m2")
    assert change.effect is not None
    assert 0 < change.effect <= 1


def test_of_a_category_the_share_that_changed_most_is_named() -> None:
    then, now = frame(plan=[0.0, 0.0, 0.0, 1.0]), frame(plan=[1.0, 1.0, 1.0, 0.0])
    (change,) = column_changes(result("plan"), then, now, {"plan": PLAN})
    assert change.direction in ("fewer of small", "more of large")
    assert change.labels == ("small", "large")


def test_a_column_that_has_no_values_any_more_is_said() -> None:
    then, now = frame(area=[1.0, 2.0]), frame(area=[np.nan, np.nan])
    (change,) = column_changes(result("area"), then, now, {})
    assert (change.direction, change.effect) == ("no values any more", None)


def test_what_the_calibrated_tests_found_goes_first() -> None:
    columns = (compared_column("age", drifted=False, effect=0.9), compared_column("area"))
    found = DriftResult("drift", 1.0, 0.3, 100, (), "", calibrated_drift(columns=columns))
    rows = frame(age=[1.0, 2.0], area=[3.0, 4.0])
    changes = column_changes(found, rows, rows, {"area": AREA})
    assert [change.name for change in changes] == ["area", "age"]
    assert changes[0].change == "median 54 → 70 m2"
    assert changes[0].p_value is not None
