"""Recording rules: how fast the error budgets are spent.

Method: multi-window, multi-burn-rate alerts, Google's SRE Workbook, chapter 5. A burn rate of 1
spends the whole budget of 30 days in 30 days.
"""

from typing import Any

from homestead.monitoring.promql import rate, series, sum_by
from homestead.problem.schema import Problem

WINDOWS = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")


def availability_burn(window: str) -> str:
    """The name under which the availability's burn rate over a window is recorded."""
    return f"model:availability:burnrate{window}"


def latency_burn(window: str) -> str:
    """The name under which the latency's burn rate over a window is recorded."""
    return f"model:latency:burnrate{window}"


def recording_rules(problem: Problem) -> list[dict[str, Any]]:
    """Burn rates of both objectives over each window, per namespace and model."""
    makers = ((availability_burn, _unanswered), (latency_burn, _slow))
    return [
        {"record": name(window), "expr": share(problem, window)}
        for name, share in makers
        for window in WINDOWS
    ]


def _unanswered(problem: Problem, window: str) -> str:
    """Failed requests among those that were the server's to answer; a refused one is the client's.

    Nor does an explanation count that the model can't give: its prediction would be answered.
    Before the first failure there is no series of failures, which ``or`` takes for none.
    """
    model = f'model="{problem.name}"'
    answered = rate(series("prediction_duration_seconds_count", model), window)
    failed = rate(series("failed_requests_total", model, 'reason!="explain"'), window)
    budget = _budget(problem.objectives.availability)
    return f"(1 - {sum_by(answered)} / {sum_by(f'{answered} or {failed}')}) / {budget}"


def _slow(problem: Problem, window: str) -> str:
    """Answers that took longer than the objective, among all answers."""
    model = f'model="{problem.name}"'
    # As the client library writes an edge.
    edge = f'le="{problem.objectives.latency_ms / 1000!r}"'
    quick = rate(series("prediction_duration_seconds_bucket", model, edge), window)
    every = rate(series("prediction_duration_seconds_count", model), window)
    budget = _budget(problem.objectives.latency_share)
    return f"(1 - {sum_by(quick)} / {sum_by(every)}) / {budget}"


def _budget(objective: float) -> str:
    # Without the floating-point dust of 1 - 0.999.
    return f"{1 - objective:.10g}"
