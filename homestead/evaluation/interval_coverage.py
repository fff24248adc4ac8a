"""Coverage of a model's prediction intervals on the holdout, in all and by slice."""

import math
from statistics import NormalDist

import numpy as np
import pandas as pd

from homestead.evaluation.certificate import CoverageSlice, IntervalCoverage
from homestead.evaluation.slices import holdout_slices
from homestead.problem.schema import Problem


def interval_coverage(
    asked: float,
    bounds: np.ndarray,
    holdout: pd.DataFrame,
    y: np.ndarray,
    problem: Problem,
) -> IntervalCoverage:
    """Return how many of the holdout's targets lie within their interval, bounds included.

    Args:
        asked: the coverage that the intervals were made for.
        bounds: lower and upper bound of each row, (rows, 2).
        y: target values of shape (rows,).
    """
    is_covered = (bounds[:, 0] <= y) & (y <= bounds[:, 1])
    low, high = wilson_interval(int(is_covered.sum()), len(y), problem.gate.confidence)
    widths = bounds[:, 1] - bounds[:, 0]
    return IntervalCoverage(
        asked=asked,
        covered=float(is_covered.mean()),
        low=low,
        high=high,
        median_width=_median(widths),
        slices=tuple(
            _coverage_slice(column, value, is_covered[rows], widths[rows], problem)
            for column, value, rows in holdout_slices(holdout, problem)
        ),
    )


def _coverage_slice(
    column: str, value: str, is_covered: np.ndarray, widths: np.ndarray, problem: Problem
) -> CoverageSlice:
    rows, covered = len(is_covered), int(is_covered.sum())
    low, high = wilson_interval(covered, rows, problem.gate.confidence)
    return CoverageSlice(
        column=column,
        value=value,
        rows=rows,
        covered=covered / rows,
        low=low,
        high=high,
        median_width=_median(widths),
    )


def _median(widths: np.ndarray) -> float | None:
    return float(np.median(widths)) if np.isfinite(widths).all() else None


def wilson_interval(count: int, rows: int, confidence: float) -> tuple[float, float]:
    """Return the interval of a share (Wilson, 1927), which holds for few rows too."""
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share, spread = count / rows, z * z / rows
    centre = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * math.sqrt(share * (1 - share) / rows + spread / (4 * rows))
    return max(0.0, centre - half), min(1.0, centre + half)
