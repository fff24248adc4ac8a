"""Summary of the demo: what it fails for, what it prints, and its JSON."""

import json
from pathlib import Path

import pytest

from homestead.cli.demo.outcomes import DemoPerformance
from homestead.cli.demo.releases import DemoRelease
from homestead.cli.demo.report import DemoSummary, require_success, show_summary
from homestead.cli.demo.retraining import DemoRetraining
from homestead.errors import UserError
from homestead.evaluation.certificate import Estimate
from homestead.performance.report import Figure
from homestead.pipelines.run_result import CandidateScore

FIGURE = Figure(value=0.12, low=0.11, high=0.13, rows=500)
PERFORMANCE = DemoPerformance(
    metric="mape",
    measured=FIGURE,
    promised=FIGURE,
    estimated=None,
    verdict="fine",
    reason="as promised",
)
SUMMARY = DemoSummary(
    model="house_price",
    version="1",
    digest="d" * 64,
    champion_metrics={"mape": Estimate(value=0.12, low=0.11, high=0.13)},
    baseline_metrics={"mape": 0.4},
    candidates=(CandidateScore(name="linear", metric="mape", value=0.13),),
    second_run_decision="keep",
    predictions_sent=500,
    predictions_logged=500,
    latency_ms={"p50": 1.5, "p99": 4.0},
    drift_share_normal=0.0,
    drift_share_shifted=0.8,
    labels_joined=750,
    retraining=DemoRetraining(cause="measured_harm", started=True, reason="worse than promised"),
    performance=PERFORMANCE,
    performance_shifted=PERFORMANCE.model_copy(update={"verdict": "harm"}),
    reports={"drift_normal": "summary.html"},
    seconds=100.0,
    releases=(
        DemoRelease(
            name="the better model",
            end="promoted",
            seconds=20.0,
            requests=900,
            failed_requests=0,
            reason="its error is smaller",
        ),
        DemoRelease(
            name="worse on purpose",
            end="rolled_back",
            seconds=9.0,
            requests=400,
            failed_requests=0,
            reason="its error is larger",
        ),
    ),
)


def test_a_loop_that_holds_passes() -> None:
    assert SUMMARY.failures() == []
    require_success(SUMMARY)


@pytest.mark.parametrize(
    ("field", "value", "failure"),
    [
        ("second_run_decision", "promote", "the second run replaced the champion"),
        ("predictions_logged", 499, "the prediction log does not hold"),
        ("releases", SUMMARY.releases[:1], "the better challenger was not promoted, or the worse"),
        ("releases", SUMMARY.releases[::-1], "the better challenger was not promoted"),
        (
            "releases",
            (SUMMARY.releases[0], SUMMARY.releases[1].model_copy(update={"failed_requests": 1})),
            "requests failed in a release",
        ),
        ("labels_joined", 499, "not every prediction of unseen rows got its label"),
        ("performance", SUMMARY.performance_shifted, "the performance on unseen rows"),
        ("drift_share_normal", 0.31, "drift on normal traffic"),
        ("drift_share_normal", None, "drift on normal traffic"),
        ("drift_share_shifted", 0.3, "no drift on shifted traffic"),
        ("drift_share_shifted", None, "no drift on shifted traffic"),
    ],
)
def test_a_part_that_fails_is_named(field: str, value: object, failure: str) -> None:
    with pytest.raises(UserError, match=f"demo: {failure}"):
        require_success(SUMMARY.model_copy(update={field: value}))


def test_a_person_sees_the_champion_beside_the_baseline(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show_summary(SUMMARY, "mape", Path("demo.json"))
    output = capsys.readouterr().out
    assert "mape on the holdout 0.1200 [0.1100, 0.1300], baseline 0.4000" in output
    assert "predictions sent 500, logged 500; p50 1.5 ms, p99 4.0 ms" in output
    assert "mape: measured 0.1200 [0.1100, 0.1300], promised 0.1200" in output
    assert "labels joined 750" in output
    assert "retraining for measured_harm: keep" in output
    assert "drift share: normal 0.00, shifted 0.80" in output


def test_an_inconclusive_drift_check_is_printed_as_unknown(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show_summary(SUMMARY.model_copy(update={"drift_share_normal": None}), "mape", Path("d.json"))
    assert "normal unknown, shifted 0.80" in capsys.readouterr().out


def test_programs_read_the_keys_of_demo_json() -> None:
    content = json.loads(SUMMARY.to_json())
    assert set(content) == set(DemoSummary.model_fields)
    assert content["candidates"] == [{"name": "linear", "mape": 0.13}]
    assert content["champion_metrics"] == {"mape": {"value": 0.12, "low": 0.11, "high": 0.13}}
