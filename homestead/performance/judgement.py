"""Whether a metric is worse than promised, at a level that holds for all looks of a month.

The error level of a month is spent by calendar: each day (UTC) has a 31st of it, and the looks of a
day have 1/2, 1/6, 1/12, … of the day's, which add up to 1. So any schedule, and any number of looks
by hand beside it, keeps the level (Bonferroni), and each look belongs to exactly one month. Of a
look's level half goes to the measured metric, 0.4 to the estimated one and 0.1 to the slices
together.

A look at the level ``a`` finds harm if the metric is worse than promised by more than the tolerance
with the whole interval: ``worse by - t(1 - a) * error > tolerance``. The error is that of the
difference: of the served rows, and of the holdout that the promise was measured on. ``t`` is the
quantile of Student's distribution for as many observations as there are groups of rows. Losses are
skewed to the right, which makes this bound err on the safe side: where large losses are missing by
chance, both the mean and the error are too small (tests/unit/performance/test_judgement.py counts
false alarms).
"""

from typing import Final

from homestead.performance.measured import UncertainFigure
from homestead.performance.report import Figure, JudgedFigure, PerformanceVerdict
from homestead.problem.model_metrics.table import ModelMetric
from homestead.problem.sections.performance import PerformancePolicy

MEASURED_PART: Final = 0.5
ESTIMATED_PART: Final = 0.4
SLICES_PART: Final = 0.1
# Probability that a model beyond the tolerance is called fine by one look.
_FINE_LEVEL = 0.05
_DAYS_OF_MONTH = 31
# Keeps the relative difference finite where 0 was promised.
_SMALLEST_DIVISOR = 1e-12


def look_level(error_level: float, look: int) -> float:
    """Return the level of a look.

    Args:
        error_level: of a month.
        look: position of the look among those of its day (UTC), from 1.
    """
    return error_level / _DAYS_OF_MONTH / (look * (look + 1))


def judge(
    found: UncertainFigure,
    promised: Figure | None,
    metric: ModelMetric,
    policy: PerformancePolicy,
    *,
    level: float,
    confidence: float,
    kind: str,
) -> JudgedFigure:
    """Compare a figure with the promise.

    Args:
        level: of finding harm in this look.
        confidence: of the promise's interval.
        kind: what the rows are called in the reason: ``labelled rows``.
    """
    figure = found.figure

    def verdict(name: PerformanceVerdict, reason: str, **bounds: float) -> JudgedFigure:
        return JudgedFigure(
            **figure.model_dump(), verdict=name, reason=reason, level=level, **bounds
        )

    if figure.value is None:
        reason = f"{metric.name} has no value on {figure.rows:,} {kind}: {figure.undefined}"
        return verdict("inconclusive", reason)
    value = f"{metric.name} is {metric_text(metric, figure.value)} on {figure.rows:,} {kind}"
    if promised is None or promised.value is None:
        why = "" if promised is None or not promised.undefined else f": {promised.undefined}"
        return verdict("inconclusive", f"{value}; the certificate promises no value{why}")
    size = max(abs(promised.value), _SMALLEST_DIVISOR)
    worse_by = metric.loss(figure.value - promised.value) / size
    compared = f"{value}, {_worse(worse_by)} than the promised"
    compared += f" {metric_text(metric, promised.value)}"
    if figure.rows < policy.min_rows:
        few = f"{compared}; too few to tell, at least {policy.min_rows:,} rows are needed"
        return verdict("inconclusive", few, worse_by=worse_by)
    if found.error is None:
        return verdict("inconclusive", f"{compared}, without an interval", worse_by=worse_by)
    # Rows that all have one loss do not prove that no other row has another one.
    of_rows = max(found.error / size, 1 / figure.rows)
    error = (of_rows**2 + (_promise_error(promised, confidence) / size) ** 2) ** 0.5
    low = worse_by - _quantile(1 - level, found.groups) * error
    high = worse_by + _quantile(1 - _FINE_LEVEL, found.groups) * error
    bounds = {"worse_by": worse_by, "worse_by_low": low, "worse_by_high": high}
    limit = f"(tolerance {policy.tolerance:.1%})"
    if low > policy.tolerance:
        return verdict("harm", f"{compared}; by at least {low:.1%} {limit}", **bounds)
    if high <= policy.tolerance:
        return verdict("fine", f"{compared}; {_at_most(high)} {limit}", **bounds)
    between = f"between {low:+.1%} and {high:+.1%} {limit}"
    return verdict("inconclusive", f"{compared}; the rows do not tell: {between}", **bounds)


def metric_text(metric: ModelMetric, value: float) -> str:
    """Return a metric's value as a sentence has it."""
    return f"{value:.2%}" if metric.unit == "share" else f"{value:,.4g}"


def _worse(worse_by: float) -> str:
    return f"{abs(worse_by):.1%} {'worse' if worse_by > 0 else 'better'}"


def _at_most(high: float) -> str:
    return f"at most {high:.1%} worse" if high > 0 else f"at least {-high:.1%} better"


def _quantile(probability: float, groups: int) -> float:
    from scipy.stats import t

    return float(t.ppf(probability, max(groups - 1, 1)))


def _promise_error(promised: Figure, confidence: float) -> float:
    """Return the standard error of the promise, of its interval; 0 if it has none."""
    from scipy.stats import norm

    if promised.low is None or promised.high is None:
        return 0.0
    return float((promised.high - promised.low) / (2 * norm.ppf((1 + confidence) / 2)))
