"""All alerts of a problem."""

from homestead.monitoring.alerts.alert import Alert
from homestead.monitoring.alerts.budget_alerts import budget_alerts
from homestead.monitoring.alerts.data_alerts import input_alerts
from homestead.monitoring.alerts.feedback_alerts import feedback_alerts
from homestead.monitoring.alerts.job_alerts import job_alerts
from homestead.monitoring.alerts.label_alerts import label_alerts
from homestead.monitoring.alerts.performance_alerts import performance_alerts
from homestead.monitoring.alerts.release_alerts import release_alerts
from homestead.monitoring.alerts.retraining_alerts import retraining_alerts
from homestead.monitoring.alerts.service_alerts import service_alerts
from homestead.problem.schema import Problem


def problem_alerts(problem: Problem) -> list[Alert]:
    """Return every alert of a problem, with the limits of its objectives."""
    return [
        *budget_alerts(problem),
        *service_alerts(problem),
        *input_alerts(problem),
        *feedback_alerts(problem),
        *label_alerts(problem),
        *job_alerts(problem),
        *performance_alerts(problem),
        *release_alerts(problem),
        *retraining_alerts(problem),
    ]
