"""All alerts of a problem."""

from homestead.monitoring.alerts.alert import Alert
from homestead.monitoring.alerts.budgets import budget_alerts
from homestead.monitoring.alerts.data import input_alerts
from homestead.monitoring.alerts.jobs import job_alerts
from homestead.monitoring.alerts.service import service_alerts
from homestead.problem.schema import Problem


def problem_alerts(problem: Problem) -> list[Alert]:
    """Return every alert of a problem, with the limits of its objectives."""
    return [
        *budget_alerts(problem),
        *service_alerts(problem),
        *input_alerts(problem),
        *job_alerts(problem),
    ]
