"""Recording rules: the burn rates of the error budgets.

A burn rate of 1 spends the whole budget of 30 days in 30 days. Method: Google's SRE Workbook,
chapter 5.
"""

from typing import Any

from homestead.monitoring.promql import rate, series, sum_by
from homestead.problem.schema import Problem

WINDOWS = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")


def availability_burn(window: str) -> str:
    """Return the name of the recorded availability burn rate over a window."""
    return f"model:availability:burnrate{window}"


def latency_burn(window: str) -> str:
    """Return the name of the recorded latency burn rate over a window."""
    return f"model:latency:burnrate{window}"


def recording_rules(problem: Problem) -> list[dict[str, Any]]:
    """Return rules for both burn rates over each window, per namespace and model."""
    burn_rates = (
        (availability_burn, _availability_expression),
        (latency_burn, _latency_expression),
    )
    return [
        {"record": name(window), "expr": expression(problem, window)}
        for name, expression in burn_rates
        for window in WINDOWS
    ]


def _availability_expression(problem: Problem, window: str) -> str:
    """Return the share of failed requests among those that the server had to answer, per budget.

    Rejected requests are the client's mistakes and do not count. Neither does an explanation that
    the model cannot give, because its prediction would be answered. Before the first failure there
    is no series of failures, which ``or`` treats as zero.
    """
    model = f'model="{problem.name}"'
    answered = rate(series("homestead_prediction_duration_seconds_count", model), window)
    failed = rate(series("homestead_failed_requests_total", model, 'reason!="explain"'), window)
    budget = _budget(problem.objectives.availability)
    return f"(1 - {sum_by(answered)} / {sum_by(f'{answered} or {failed}')}) / {budget}"


def _latency_expression(problem: Problem, window: str) -> str:
    """Return the share of answers that took longer than the objective, per budget."""
    model = f'model="{problem.name}"'
    # The client library writes a bucket's edge as Python's repr does.
    edge = f'le="{problem.objectives.latency_ms / 1000!r}"'
    fast = rate(series("homestead_prediction_duration_seconds_bucket", model, edge), window)
    answered = rate(series("homestead_prediction_duration_seconds_count", model), window)
    budget = _budget(problem.objectives.latency_share)
    return f"(1 - {sum_by(fast)} / {sum_by(answered)}) / {budget}"


def _budget(objective: float) -> str:
    # Rounded, because 1 - 0.999 is not exactly 0.001.
    return f"{1 - objective:.10g}"
