"""Verdicts, the level of a look, and how often a model as good as promised is called harmful."""

import numpy as np
import pytest

from homestead.performance.judgement import MEASURED_PART, judge, look_level
from homestead.performance.measured import UncertainFigure
from homestead.performance.report import Figure, JudgedFigure
from homestead.problem.model_metrics.table import MODEL_METRICS
from homestead.problem.sections.performance import PerformancePolicy

POLICY = PerformancePolicy(tolerance=0.1)
PROMISED = Figure(value=0.2, low=0.19, high=0.21, rows=900)


def judged(
    value: float | None,
    error: float | None = 0.004,
    promised: Figure | None = PROMISED,
    metric: str = "mape",
    rows: int = 500,
    level: float = 1e-4,
) -> JudgedFigure:
    found = UncertainFigure(Figure(value=value, rows=rows, undefined="why not"), error, rows)
    return judge(
        found,
        promised,
        MODEL_METRICS[metric],
        POLICY,
        level=level,
        confidence=0.95,
        kind="labelled rows",
    )


def test_harm_lies_beyond_the_tolerance_with_the_whole_interval() -> None:
    harm = judged(0.27)
    assert harm.verdict == "harm"
    assert harm.worse_by == pytest.approx(0.35)
    assert harm.worse_by_low is not None
    assert harm.worse_by_low > POLICY.tolerance
    assert harm.reason.startswith(
        "mape is 27.00% on 500 labelled rows, 35.0% worse than the promised 20.00%; by at least"
    )
    assert judged(0.23).verdict == "inconclusive"
    assert judged(0.201).verdict == "fine"
    assert judged(0.1).reason.endswith("at least 44.7% better (tolerance 10.0%)")


def test_where_higher_is_better_less_is_harm() -> None:
    promised = Figure(value=0.9, low=0.89, high=0.91, rows=900)
    assert judged(0.7, promised=promised, metric="roc_auc").verdict == "harm"
    assert judged(0.95, promised=promised, metric="roc_auc").verdict == "fine"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"value": None}, "mape has no value on 500 labelled rows: why not"),
        ({"value": 0.9, "rows": 99}, "at least 100 rows are needed"),
        ({"value": 0.9, "promised": None}, "the certificate promises no value"),
        ({"value": 0.9, "error": None}, "without an interval"),
    ],
)
def test_what_cannot_be_judged_says_why(changes: dict[str, object], reason: str) -> None:
    found = judged(**changes)  # type: ignore[arg-type]
    assert found.verdict == "inconclusive"
    assert reason in found.reason


def test_an_uncertain_promise_and_rows_without_spread_prove_little() -> None:
    vague = Figure(value=0.2, low=0.1, high=0.3, rows=30)
    assert judged(0.27, promised=vague).verdict == "inconclusive"
    assert judged(0.27, error=0.0, rows=100).worse_by_low != pytest.approx(0.35)


def test_any_number_of_looks_keeps_the_level_of_a_month() -> None:
    of_day = sum(look_level(0.01, look) for look in range(1, 10_000))
    assert 31 * of_day <= 0.01
    assert look_level(0.01, 1) == pytest.approx(0.01 / 62)


def test_a_month_of_daily_looks_at_a_model_as_promised_hardly_ever_says_harm() -> None:
    """Of skewed losses, looked at daily over the last 30 days, with a mean at the limit itself."""
    months, days, per_day = 100, 30, 40
    draw = np.random.default_rng(0)
    exact = Figure(value=1.0, rows=10**6)
    limit = 1 + POLICY.tolerance
    level = look_level(0.2, 1) * MEASURED_PART  # a level at which alarms can be counted
    alarms = 0
    for _ in range(months):
        losses = draw.exponential(limit, (2 * days, per_day))
        for day in range(days):
            window = losses[day : day + days].ravel()
            error = window.std() / np.sqrt(len(window))
            found = UncertainFigure(
                Figure(value=float(window.mean()), rows=len(window)), float(error), len(window)
            )
            verdict = judge(
                found,
                exact,
                MODEL_METRICS["mae"],
                POLICY,
                level=level,
                confidence=0.95,
                kind="rows",
            ).verdict
            if verdict == "harm":
                alarms += 1
                break
    assert alarms / months <= 0.2 * MEASURED_PART
