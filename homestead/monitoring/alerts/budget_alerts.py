"""Alerts of the error budgets.

Method: multi-window, multi-burn-rate alerts, Google's SRE Workbook, chapter 5.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from homestead.monitoring.alerts.alert import MODEL, Alert, Severity, percentage
from homestead.monitoring.burn_rates import availability_burn, latency_burn
from homestead.problem.schema import Problem


class BurnLimit(NamedTuple):
    """A burn rate that fires when both a long and a short window exceed it."""

    burn_rate: float
    long_window: str
    short_window: str
    severity: Severity


# At these rates a budget of 30 days is spent in 2, 5, 10 and 30 days.
BURN_LIMITS = (
    BurnLimit(14.4, "1h", "5m", "critical"),
    BurnLimit(6, "6h", "30m", "critical"),
    BurnLimit(3, "1d", "2h", "warning"),
    BurnLimit(1, "3d", "6h", "warning"),
)


def budget_alerts(problem: Problem) -> Iterator[Alert]:
    """Yield an alert for each objective and burn limit."""
    goals = problem.objectives
    availability = f"{percentage(goals.availability)} answered"
    latency = f"{percentage(goals.latency_share)} answered within {goals.latency_ms:g} ms"
    for limit in BURN_LIMITS:
        yield _budget_alert(problem, "Availability", availability_burn, availability, limit)
    for limit in BURN_LIMITS:
        yield _budget_alert(problem, "Latency", latency_burn, latency, limit)


def _budget_alert(
    problem: Problem,
    budget: str,
    recorded_burn: Callable[[str], str],
    objective: str,
    limit: BurnLimit,
) -> Alert:
    rate, long, short, severity = limit
    conditions = [
        f'{recorded_burn(window)}{{model="{problem.name}"}} > {rate:g}' for window in (long, short)
    ]
    return Alert(
        f"Homestead{budget}BudgetBurn",
        severity,
        " and ".join(conditions),
        f"{MODEL} spends its {budget.lower()} budget too fast.",
        f'Over the last {long} the budget burned at {{{{ $value | printf "%.1f" }}}} times the rate'
        f" that lasts for 30 days; over the last {short} the rate was above {rate:g}, too."
        f" Objective: {objective}.",
        labels={"long_window": long, "short_window": short},
    )
