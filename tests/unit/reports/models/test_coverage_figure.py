"""Plot of the coverage of prediction intervals: what it names and where its dots lie."""

import numpy as np
import pytest

from homestead.evaluation.certificate import CoverageSlice, IntervalCoverage
from homestead.reports.models.coverage_figure import coverage_dots


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
    figure = coverage_dots(coverage(part("north", 20, 0.8, 30.0), part("south", 70, 0.9, 60.0)))
    axis = figure.axes[0]
    names = [label.get_text() for label in axis.get_yticklabels()]
    assert names == ["all rows", "district = north", "district = south"]
    dots = [tuple(np.asarray(dot.get_offsets())[0]) for dot in axis.collections]
    assert dots == [(0.88, 0.0), (0.8, -1.0), (0.9, -2.0)]


def test_of_many_slices_the_largest_are_drawn() -> None:
    slices = [part(f"d{number}", 100 - number, 0.9, 1.0) for number in range(60)]
    axis = coverage_dots(coverage(*reversed(slices))).axes[0]
    names = [label.get_text() for label in axis.get_yticklabels()]
    assert (len(names), names[1], names[-1]) == (41, "district = d39", "district = d0")


def test_median_widths_stand_beside_them_in_the_targets_unit() -> None:
    slices = part("north", 20, 0.8, 30.0), part("south", 70, 0.9, None)
    axis = coverage_dots(coverage(*slices), "EUR").axes[1]
    assert axis.get_xlabel() == "median width, EUR"
    dots = [tuple(np.asarray(dot.get_offsets())[0]) for dot in axis.collections]
    assert dots == [(40.0, 0.0), (30.0, -1.0)]


@pytest.mark.parametrize("slices", [(), (part("north", 20, 0.8, None),)])
def test_certificates_of_earlier_versions_have_no_widths_of_slices(
    slices: tuple[CoverageSlice, ...],
) -> None:
    assert len(coverage_dots(coverage(*slices)).axes) == 1
