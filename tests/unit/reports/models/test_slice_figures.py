"""Charts by slice: what they name, where their dots lie, and that small slices look small."""

import numpy as np
import pytest
from matplotlib.collections import PathCollection

from homestead.evaluation.certificate import CoverageSlice, IntervalCoverage
from homestead.reports.charts import NARROW, WIDE
from homestead.reports.models.slice_figures import coverage_dots, slice_dots
from tests.factories import slice_result


def part(value: str, rows: int, covered: float, width: float | None) -> CoverageSlice:
    return CoverageSlice(
        column="district",
        value=value,
        rows=rows,
        covered=covered,
        low=covered - 0.1,
        high=covered + 0.05,
        median_width=width,
    )


def coverage(*slices: CoverageSlice) -> IntervalCoverage:
    return IntervalCoverage(
        asked=0.9, covered=0.88, low=0.85, high=0.91, median_width=40.0, slices=slices
    )


def test_slices_follow_all_rows_in_their_order() -> None:
    figure = coverage_dots(
        WIDE, coverage(part("north", 20, 0.8, 30.0), part("south", 70, 0.9, 60.0))
    )
    axis = figure.axes[0]
    names = [label.get_text() for label in axis.get_yticklabels()]
    assert names == ["all rows", "district = north (20 rows)", "district = south (70 rows)"]
    dots = [tuple(np.asarray(dot.get_offsets())[0]) for dot in axis.collections]
    assert dots == [(0.88, 0.0), (0.8, -1.0), (0.9, -2.0)]


def test_of_many_slices_the_largest_are_drawn() -> None:
    slices = [part(f"d{number}", 100 - number, 0.9, 1.0) for number in range(60)]
    axis = coverage_dots(WIDE, coverage(*reversed(slices))).axes[0]
    names = [label.get_text() for label in axis.get_yticklabels()]
    assert (len(names), names[1], names[-1]) == (
        21,
        "district = d19 (81 rows)",
        "district = d0 (100 rows)",
    )


def test_median_widths_stand_beside_them_in_the_targets_unit() -> None:
    slices = part("north", 20, 0.8, 30.0), part("south", 70, 0.9, None)
    axis = coverage_dots(WIDE, coverage(*slices), "EUR").axes[1]
    assert axis.get_xlabel() == "median width of\nthe interval, EUR"
    dots = [tuple(np.asarray(dot.get_offsets())[0]) for dot in axis.collections]
    assert dots == [(40.0, 0.0), (30.0, -1.0)]


@pytest.mark.parametrize("slices", [(), (part("north", 20, 0.8, None),)])
def test_certificates_of_earlier_versions_have_no_widths_of_slices(
    slices: tuple[CoverageSlice, ...],
) -> None:
    assert len(coverage_dots(WIDE, coverage(*slices)).axes) == 1


def test_a_slice_of_few_rows_is_small_and_hollow() -> None:
    slices = [
        slice_result(value="north", rows=2000),
        slice_result(value="south", rows=9, judged=False),
    ]
    axis = slice_dots(WIDE, slices, "mean absolute error, EUR", percent=False).axes[0]
    dots = [dot for dot in axis.collections if isinstance(dot, PathCollection)]
    sizes = [float(dot.get_sizes()[0]) for dot in dots[:4]]
    colors = [np.asarray(dot.get_facecolor()).tolist() for dot in dots[:4]]
    assert sizes[1] > 2 * sizes[3]
    assert colors[3] == [[1, 1, 1, 1]]
    # Where they lie on each other, the champion's shows around the new model's.
    assert colors[0] != colors[1]
    assert sizes[2] > sizes[3]
    names = [label.get_text() for label in axis.get_yticklabels()]
    assert names == ["district = north (2,000 rows)", "district = south (9 rows)"]


def test_in_a_narrow_frame_names_stand_above_their_rows() -> None:
    axis = slice_dots(NARROW, [slice_result(value="north")], "error", percent=True).axes[0]
    assert not any(label.get_text() for label in axis.get_yticklabels())
    assert "district = north" in axis.texts[0].get_text()
