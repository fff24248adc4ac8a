"""Months of daily looks at labelled rows: how often harm is said wrongly, and how soon rightly."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from homestead.performance.judgement import MEASURED_PART, judge, look_level
from homestead.performance.measured import UncertainFigure
from homestead.performance.report import Figure
from homestead.problem.model_metrics.table import MODEL_METRICS
from homestead.problem.sections.performance import PerformancePolicy

DAYS, LABELS_A_DAY = 30, (10, 40, 300)
LEVELS = (0.01, 0.2)
# By how much losses become worse, as a share of the promise.
WORSE_BY = (0.3, 0.5, 1.0)
_POLICY = PerformancePolicy(tolerance=0.1, window_days=DAYS)
# Known without error, so that the limit is exact.
_PROMISED = Figure(value=1.0, rows=10**6)
_METRIC = MODEL_METRICS["mae"]
_SHARE_WITH_COST = 0.05


def _lognormal(draw: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    return draw.lognormal(-0.5, 1.0, shape)


def _costs(draw: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    return (draw.random(shape) < _SHARE_WITH_COST) / _SHARE_WITH_COST


# Laws of a row's loss, each with the mean 1.
LAWS: dict[str, Callable[[np.random.Generator, tuple[int, int]], np.ndarray]] = {
    "exponential": lambda draw, shape: draw.exponential(1.0, shape),
    "lognormal": _lognormal,
    "a cost of 5% of the rows": _costs,
}


@dataclass(frozen=True)
class FalseAlarms:
    """Share of months with a verdict of harm on a model exactly at the tolerated limit."""

    law: str
    error_level: float
    months: int
    share: float


@dataclass(frozen=True)
class Detection:
    """How soon harm is found.

    Attributes:
        worse_by: by how much losses became worse, as a share of the promise.
        share: of trials in which it was found within 30 days.
        median_day: days until half of all trials had found it; None if fewer than half did.
    """

    law: str
    worse_by: float
    labels_a_day: int
    trials: int
    share: float
    median_day: int | None


def false_alarms(months: int, labels_a_day: int = 40) -> Iterator[FalseAlarms]:
    """Yield the false alarms of each law and level, with a look each day of a month."""
    for law, losses_of in LAWS.items():
        draw = np.random.default_rng(0)
        alarms = dict.fromkeys(LEVELS, 0)
        for _ in range(months):
            losses = (1 + _POLICY.tolerance) * losses_of(draw, (2 * DAYS, labels_a_day))
            for level in LEVELS:
                alarms[level] += first_harm(losses, level) is not None
        for level, count in alarms.items():
            yield FalseAlarms(law, level, months, count / months)


def detections(trials: int) -> Iterator[Detection]:
    """Yield how soon each harm is found that begins after 30 days as promised."""
    for law, losses_of in LAWS.items():
        for worse_by in WORSE_BY:
            for labels_a_day in LABELS_A_DAY:
                draw = np.random.default_rng(0)
                days: list[int] = []
                for _ in range(trials):
                    losses = losses_of(draw, (2 * DAYS, labels_a_day))
                    losses[DAYS:] *= 1 + worse_by
                    found = first_harm(losses, _POLICY.error_level)
                    days += [] if found is None else [found]
                later = [DAYS + 1] * (trials - len(days))
                median = int(np.median(days + later))
                yield Detection(
                    law,
                    worse_by,
                    labels_a_day,
                    trials,
                    len(days) / trials,
                    median if median <= DAYS else None,
                )


def first_harm(losses: np.ndarray, error_level: float) -> int | None:
    """Return the first day of the second month whose look says harm, from 1; None of none.

    Args:
        losses: shape (60, labels of a day).
        error_level: of a month with one look a day.
    """
    level = look_level(error_level, 1) * MEASURED_PART
    for day in range(1, DAYS + 1):
        window = losses[day : day + DAYS].ravel()
        figure = Figure(value=float(window.mean()), rows=len(window))
        error = float(window.std() / np.sqrt(len(window)))
        verdict = judge(
            UncertainFigure(figure, error, len(window)),
            _PROMISED,
            _METRIC,
            _POLICY,
            level=level,
            confidence=0.95,
            kind="labelled rows",
        ).verdict
        if verdict == "harm":
            return day
    return None
