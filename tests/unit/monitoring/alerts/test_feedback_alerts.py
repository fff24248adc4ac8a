"""The alert of feedback that does not count, near its limits."""

from collections.abc import Callable
from pathlib import Path

import pytest

from homestead.monitoring.alerts.feedback_alerts import WRONG_VERDICTS, feedback_alerts
from homestead.prediction_log.labels.feedback_labels import Verdict
from tests.unit.monitoring.alerts.cases import PROBLEM, AlertCase, assert_covered, check_case


def messages(pod: str = "one", **counts: int) -> dict[str, str]:
    """Return the series of a server, with zeros as it exposes them."""
    return {
        f'homestead_feedback_messages{{verdict="{verdict}", pod="{pod}"}}': (
            f"{counts.get(verdict, 0)}x40"
        )
        for verdict in Verdict
    }


CASES = [
    AlertCase(
        "HomesteadFeedbackWrong",
        "a client names predictions that do not exist and contradicts others; two servers count",
        {
            **messages(accepted=150, unknown_prediction=40, contradiction=10),
            **messages("two", accepted=150, unknown_prediction=40, contradiction=10),
        },
        "20m",
        [
            {
                "severity": "warning",
                "description": "25% of the messages of the last day contradict earlier ones, have"
                " more truths than their prediction has rows, or name no single prediction;"
                " allowed are 10%.",
            }
        ],
    ),
    AlertCase(
        "HomesteadFeedbackWrong",
        "exactly the allowed share is wrong",
        messages(accepted=900, too_many_rows=50, ambiguous_prediction=50),
        "40m",
    ),
    AlertCase(
        "HomesteadFeedbackWrong",
        "few messages, of which nearly all are wrong",
        messages(accepted=1, unknown_prediction=19),
        "40m",
    ),
    AlertCase(
        "HomesteadFeedbackWrong",
        "a client sends everything twice",
        messages(accepted=500, repeated=500),
        "40m",
    ),
    AlertCase("HomesteadFeedbackWrong", "no feedback", messages(), "40m"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.alert}: {case.situation}")
def test_alert(case: AlertCase, tmp_path: Path, program: Callable[[str, str], str]) -> None:
    check_case(case, tmp_path, program("promtool", "prometheus"))


def test_each_alert_has_a_firing_and_a_silent_case() -> None:
    assert_covered(CASES, feedback_alerts(PROBLEM))


def test_every_verdict_is_wrong_or_harmless() -> None:
    assert {*WRONG_VERDICTS, "accepted", "repeated"} == set(Verdict)
