"""Alert of feedback that does not fit the predictions that it names."""

from collections.abc import Iterator

from homestead.monitoring.alerts.alert import MODEL, Alert, percentage
from homestead.monitoring.promql import DEPLOYMENT, max_by, series, sum_by
from homestead.problem.schema import Problem

# Not the repeated ones: a client that sends a message again does no harm.
WRONG_VERDICTS = ("contradiction", "too_many_rows", "unknown_prediction", "ambiguous_prediction")
MAX_WRONG_SHARE = 0.1
MIN_FEEDBACK_MESSAGES = 20


def feedback_alerts(problem: Problem) -> Iterator[Alert]:
    """Yield the alert of feedback that is stored and does not count."""
    model = f'model="{problem.name}"'
    wrong = _messages(model, f'verdict=~"{"|".join(WRONG_VERDICTS)}"')
    yield Alert(
        "HomesteadFeedbackWrong",
        "warning",
        f"{wrong} / {_messages(model)} > {MAX_WRONG_SHARE:g}"
        f" and {wrong} >= {MIN_FEEDBACK_MESSAGES}",
        f"Much of the feedback on {MODEL} does not count.",
        "{{ $value | humanizePercentage }} of the messages of the last day contradict earlier ones,"
        " have more truths than their prediction has rows, or name no single prediction; allowed"
        f" are {percentage(MAX_WRONG_SHARE)}.",
        "15m",
    )


def _messages(*matchers: str) -> str:
    """Return the messages of a day; each server counts those of all."""
    counts = series("homestead_feedback_messages", *matchers)
    return sum_by(max_by(counts, f"{DEPLOYMENT}, verdict"))
