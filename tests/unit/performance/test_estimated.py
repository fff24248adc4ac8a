"""Estimates without labels: where they are right, what they cannot see, and which scores rank."""

import numpy as np
import pytest

from homestead.model.performance_model import PerformanceModel
from homestead.performance.estimated import estimate, estimated_values
from homestead.performance.measured import measure
from homestead.performance.report import Figure
from homestead.performance.served_rows import ServedRows
from homestead.problem.answers.calibration import Calibration, CalibrationCurve
from homestead.problem.model_metrics.predictions import Predictions
from homestead.problem.model_metrics.table import MODEL_METRICS, metrics_of
from homestead.training.performance_model import fit_performance_model
from tests.factories import defined
from tests.target_problems import target_problem

BINARY = metrics_of("classification")
CALIBRATED = PerformanceModel(rows=2000)


def rows_of(
    probabilities: np.ndarray, y: np.ndarray | None = None, *, has_probabilities: bool = True
) -> ServedRows:
    """Return rows with these probabilities, (rows, classes), answered as the most probable."""
    count = len(probabilities)
    return ServedRows(
        at=np.arange(count, dtype=float),
        predictions=Predictions(probabilities, probabilities.argmax(axis=1)),
        y=y,
        groups=np.arange(count),
        features=[{} for _ in range(count)],
        has_probabilities=has_probabilities,
    )


def binary(p: np.ndarray) -> np.ndarray:
    return np.column_stack([1 - p, p])


def test_estimates_of_calibrated_probabilities_hold_what_is_measured_later() -> None:
    draw = np.random.default_rng(0)
    held = dict.fromkeys((metric.name for metric in BINARY), 0)
    times = 20
    for _ in range(times):
        p = draw.beta(1.2, 2.5, 300)
        rows = rows_of(binary(p), (draw.random(300) < p).astype(int))
        measured, estimated = measure(BINARY, rows, 0.95), estimate(BINARY, rows, CALIBRATED, 0.95)
        for name in held:
            figure = estimated[name].figure
            value = defined(measured[name].figure.value)
            held[name] += defined(figure.low) <= value <= defined(figure.high)
    assert min(held.values()) >= 0.85 * times, held


def test_a_shift_of_the_inputs_is_seen_before_any_label() -> None:
    draw = np.random.default_rng(1)
    sure, unsure = binary(draw.beta(0.2, 0.2, 2000)), binary(draw.beta(4, 4, 2000))
    accuracy = [MODEL_METRICS["accuracy"]]
    before = estimate(accuracy, rows_of(sure), CALIBRATED, 0.95)["accuracy"].figure
    after = estimate(accuracy, rows_of(unsure), CALIBRATED, 0.95)["accuracy"].figure
    assert defined(after.high) < defined(before.low)


def test_probabilities_that_are_not_calibrated_are_calibrated_for_the_estimate() -> None:
    problem = target_problem("{type: boolean}", metric="accuracy")
    draw = np.random.default_rng(2)
    p = draw.random(4000)
    y = (draw.random(4000) < p).astype(int)
    overconfident = binary(np.clip(p + np.where(p > 0.5, 0.3, -0.3), 0.01, 0.99))
    X, half = np.zeros((4000, 2)), slice(0, 2000)
    learnt = fit_performance_model(problem, None, X[half], y[half], overconfident[half], 0)  # type: ignore[arg-type]
    assert learnt.calibration is not None
    rows = rows_of(overconfident[2000:], y[2000:])
    measured = measure(BINARY, rows, 0.95)["accuracy"].figure
    without = estimated_values(BINARY, rows, CALIBRATED)["accuracy"]
    with_curve = estimate(BINARY, rows, learnt, 0.95)["accuracy"].figure
    assert without > defined(measured.high)
    assert defined(with_curve.low) <= defined(measured.value) <= defined(with_curve.high)


def test_auc_ranks_by_the_models_scores_and_not_by_calibrated_ones() -> None:
    draw = np.random.default_rng(3)
    p = draw.random(3000)
    y = (draw.random(3000) < p).astype(int)
    # A curve of two steps: calibrated, nearly all rows are equal, and rank no more.
    steps = CalibrationCurve(x=(0.0, 0.499, 0.501, 1.0), y=(0.25, 0.25, 0.75, 0.75))
    coarse = PerformanceModel(
        rows=3000, calibration=Calibration(method="isotonic", curves=(steps,))
    )
    rows = rows_of(binary(p), y)
    auc = [MODEL_METRICS["roc_auc"]]
    measured = defined(measure(auc, rows, 0.95)["roc_auc"].figure.value)
    raw = defined(auc[0].measure(y, binary(p)).value)
    by_calibrated = defined(auc[0].measure(y, coarse_scores(coarse, p)).value)
    assert measured == raw
    assert by_calibrated < measured - 0.02
    # The estimate differs from it by what the coarse curve does not know, not by ties.
    estimated = estimated_values(auc, rows, coarse)["roc_auc"]
    expected = auc[0].evaluate(
        np.repeat([0, 1], len(p)),
        np.tile(binary(p), (2, 1)),
        coarse_scores(coarse, p).T.reshape(1, -1),
    )
    assert estimated == pytest.approx(float(expected[0]))


def coarse_scores(learnt: PerformanceModel, p: np.ndarray) -> np.ndarray:
    assert learnt.calibration is not None
    return learnt.calibration.apply(binary(p))


def test_of_one_class_auc_says_that_it_has_no_value() -> None:
    p = np.random.default_rng(4).random(200)
    rows = rows_of(binary(p), np.ones(200, dtype=int))
    measured = measure(BINARY, rows, 0.95)
    assert measured["roc_auc"].figure.value is None
    assert measured["roc_auc"].figure.undefined == "all 200 rows are of one class"
    assert measured["accuracy"].figure.value is not None
    certain = rows_of(binary(np.ones(200)))
    estimated = estimate(BINARY, certain, CALIBRATED, 0.95)["roc_auc"].figure
    assert estimated.value is None
    assert estimated.undefined == "all 200 rows are expected to be of one class"


def test_of_the_answered_class_alone_only_the_accuracy_is_estimated() -> None:
    draw = np.random.default_rng(5)
    probabilities = draw.dirichlet((1, 1, 1), 400)
    y = np.array([draw.choice(3, p=row) for row in probabilities])
    rows = rows_of(probabilities, y, has_probabilities=False)
    estimated = estimate(BINARY, rows, CALIBRATED, 0.95)
    measured = measure(BINARY, rows, 0.95)
    assert estimated["accuracy"].figure.value is not None
    for figures in (estimated, measured):
        assert figures["roc_auc"].figure.value is None
        assert "probability of the answered class alone" in figures["log_loss"].figure.undefined
    assert measured["f1"].figure.value is not None


def test_what_was_missed_on_the_holdout_corrects_the_estimate_within_the_metrics_bounds() -> None:
    rows = rows_of(binary(np.full(500, 0.95)))
    accuracy = [MODEL_METRICS["accuracy"]]
    plain = estimate(accuracy, rows, CALIBRATED, 0.95)["accuracy"].figure
    learnt = CALIBRATED.model_copy(update={"on_holdout": {"accuracy": 0.9}})
    for promised, expected in ((0.85, 0.9), (0.99, 1.0)):
        promise = {"accuracy": Figure(value=promised, rows=900)}
        corrected = estimate(accuracy, rows, learnt, 0.95, promise)["accuracy"].figure
        assert defined(plain.value) == pytest.approx(0.95)
        assert defined(corrected.value) == pytest.approx(expected)


def test_without_anything_learnt_the_reason_is_given() -> None:
    rows = rows_of(binary(np.full(10, 0.7)))
    nothing = estimate(BINARY, rows, None, 0.95)["accuracy"].figure
    assert nothing.value is None
    assert "when this version was trained" in nothing.undefined
    few = PerformanceModel(rows=3, undefined="validation has 3 rows")
    assert estimate(BINARY, rows, few, 0.95)["log_loss"].figure.undefined == few.undefined
