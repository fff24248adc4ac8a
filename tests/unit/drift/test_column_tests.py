"""Tests of a column: what changed is named, with its size and direction, whatever the unit."""

import numpy as np
import pytest
from numpy.typing import NDArray

from homestead.drift.column_tests import compare_column, correct_for_columns
from tests.factories import compared_column

LEVEL = 1e-6
DRAW = np.random.default_rng(0)
REFERENCE = DRAW.normal(70, 10, 5000)
CURRENT = DRAW.normal(70, 10, 500)
NAMES = {0.0: "north", 1.0: "south", 2.0: "west"}


def codes(values: int, count: int) -> NDArray[np.float64]:
    """Return codes of equally frequent categories."""
    return DRAW.integers(0, values, count).astype(np.float64)


@pytest.mark.parametrize("unit", [1e-9, 1e-3, 1.0, 1e6])
def test_a_shift_is_found_in_milligrams_and_in_kilograms_alike(unit: float) -> None:
    """A shift of three deviations, and one of 0.3, with the same p-value in each unit."""
    far = compare_column("weight", REFERENCE * unit, (CURRENT + 30) * unit)
    assert far.p_value < LEVEL
    assert (far.direction, far.effect > 0.9) == ("higher", True)
    near = compare_column("weight", REFERENCE * unit, (CURRENT + 3) * unit)
    assert near.p_value == compare_column("weight", REFERENCE, CURRENT + 3).p_value
    assert near.effect == pytest.approx(0.17, abs=0.04)
    assert near.before == pytest.approx(70 * unit, rel=0.02)
    assert near.after == pytest.approx(73 * unit, rel=0.02)


def test_the_same_kind_of_values_is_no_drift_and_a_constant_column_has_p_one() -> None:
    assert compare_column("weight", REFERENCE, CURRENT).p_value > 0.01
    constant = compare_column("constant", np.full(5000, 3.0), np.full(500, 3.0))
    assert (constant.p_value, constant.effect, constant.direction) == (1.0, 0.0, "unchanged")
    empty = compare_column("empty", np.full(5000, np.nan), np.full(500, np.nan))
    assert (empty.p_value, empty.effect) == (1.0, 0.0)


def test_what_changed_is_named() -> None:
    lower = compare_column("weight", REFERENCE, CURRENT - 5)
    assert (lower.test, lower.direction) == ("rank", "lower")
    wider = compare_column("weight", REFERENCE, (CURRENT - 70) * 2 + 70)
    assert wider.p_value < LEVEL
    assert wider.test == "distribution"
    assert "values up to" in wider.direction
    lost = compare_column("weight", REFERENCE, np.where(np.arange(500) < 30, np.nan, CURRENT))
    assert lost.p_value < LEVEL
    assert (lost.test, lost.direction) == ("missing", "more missing values")
    assert [lost.before, lost.after] == pytest.approx([0.0, 0.06])
    default = compare_column("weight", REFERENCE, np.where(np.arange(500) < 20, 71.0, CURRENT))
    assert default.p_value < LEVEL
    assert (default.test, default.direction) == ("value", "more of the value 71")
    moved = compare_column("district", codes(2, 5000), np.full(500, 1.0), NAMES)
    assert (moved.test, moved.direction) == ("value", "more of south") or (
        moved.direction == "less of north"
    )
    assert moved.effect == pytest.approx(0.5, abs=0.03)


def test_a_new_category_is_found_and_one_row_of_it_in_100000_is_not() -> None:
    reference = codes(2, 20_000)
    current = codes(2, 100_000)
    before = compare_column("district", reference, current, NAMES)
    current[0] = 2.0
    once = compare_column("district", reference, current, NAMES)
    assert once.p_value > 0.01
    assert once.p_value == pytest.approx(before.p_value, rel=0.6)
    current[:300] = 2.0
    often = compare_column("district", reference, current, NAMES)
    assert often.p_value < LEVEL
    assert often.direction == "more of west"


def test_thousands_of_rare_categories_are_no_drift_but_a_flood_of_them_is() -> None:
    reference = codes(5000, 10_000)
    assert compare_column("street", reference, codes(5000, 500), {}).p_value > 0.01
    half = np.where(DRAW.random(10_000) < 0.5, -1.0, reference)
    flood = compare_column("street", half, codes(5000, 500), {})
    assert flood.p_value < LEVEL


def test_holms_correction_counts_the_columns_that_are_left() -> None:
    p_values = (0.01, 1e-9, 0.02, 1.0)
    columns = [compared_column(str(p), p_value=p, drifted=False) for p in p_values]
    corrected = correct_for_columns(columns, 0.035)
    assert [column.name for column in corrected] == [str(p) for p in p_values]
    assert [column.adjusted_p_value for column in corrected] == pytest.approx([0.03, 4e-9, 0.04, 1])
    assert [column.drifted for column in corrected] == [True, True, False, False]
