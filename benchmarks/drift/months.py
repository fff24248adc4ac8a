"""Months of hourly checks on traffic without drift: in how many is there any alarm?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd

from homestead.drift.calibrated import Calibration, measure_calibrated
from homestead.drift.classifier_test import ScoredBlock, permutation_p_value
from homestead.drift.level_spending import CheckLevel, month_of, next_level
from homestead.drift.two_sample_tests import rank_sum_moments
from homestead.problem.contract import Contract

START = datetime(2026, 10, 1, tzinfo=UTC)
INPUTS = ("ln_living", "ln_lot", "lat", "yr_built", "waterfront")
LEVELS = (0.01, 0.1, 0.5)
REFERENCE_ROWS, WINDOW_ROWS = 500, 100
_BLOCK = (150, 25)


def hourly_levels(monthly_level: float) -> Iterator[float]:
    """Yield the levels of the checks of October, one each hour."""
    spent, at = 0.0, START
    while month_of(at) == month_of(START):
        level = next_level(at, spent, monthly_level)
        yield level
        spent, at = spent + level, at + timedelta(hours=1)


@dataclass
class Months:
    """Months that were simulated, and in how many there was an alarm, by the month's level."""

    months: int = 0
    checks: int = 0
    alarms: dict[str, int] = field(default_factory=lambda: {str(level): 0 for level in LEVELS})

    def add(self, p_values: Sequence[float]) -> None:
        """Add a month's checks. Their p-values do not depend on their levels: all are judged."""
        self.months += 1
        self.checks += len(p_values)
        for level in LEVELS:
            alarm = (np.array(p_values) <= list(hourly_levels(level))).any()
            self.alarms[str(level)] += int(alarm)


def month_of_checks(
    inputs: pd.DataFrame, contract: Contract, draw: np.random.Generator
) -> list[float]:
    """Return the p-values of the real check on fresh rows in each hour of a month."""
    columns = inputs[list(INPUTS)]
    p_values = []
    for _ in hourly_levels(LEVELS[0]):
        rows = columns.iloc[draw.permutation(len(columns))[: REFERENCE_ROWS + WINDOW_ROWS]]
        result = measure_calibrated(
            rows[:REFERENCE_ROWS],
            rows[REFERENCE_ROWS:],
            contract,
            Calibration(lambda _: CheckLevel("2026-10", 0.0, 0.01, 0.0)),
        )
        p_values.append(result.p_value)
    return p_values


def classifier_months(months: int) -> Months:
    """Return months of the classifier's test alone, at the whole level.

    Without drift the ranks of held-out rows are a random draw, whatever the classifier is: they
    are drawn, and judged by the test itself.
    """
    rows, current = _BLOCK
    draw = np.random.default_rng(32)
    mean, deviation = rank_sum_moments(current, rows)
    hours = len(list(hourly_levels(LEVELS[0])))
    result = Months()
    for _ in range(months):
        order = draw.random((3 * hours, rows), dtype=np.float32).argsort(axis=1)
        sums = ((order < current) * np.arange(1, rows + 1)).sum(axis=1).reshape(hours, 3)
        # Only what may be rarer than the largest level is worth a p-value.
        likely = ((sums - mean) / deviation).sum(axis=1) < 2.5 * np.sqrt(3)
        result.add(
            [
                1.0 if skip else permutation_p_value(_blocks(three))[0]
                for skip, three in zip(likely, sums, strict=True)
            ]
        )
    return result


def _blocks(rank_sums: np.ndarray) -> list[ScoredBlock]:
    rows, current = _BLOCK
    return [ScoredBlock(current, rows, float(rank_sum), 1.0) for rank_sum in rank_sums]
