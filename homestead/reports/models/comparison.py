"""Comparison page: a certificate as sentences, tables and plots."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from markupsafe import Markup

from homestead.evaluation.certificate import Certificate, Estimate, SliceResult
from homestead.evaluation.gate import HoldoutPredictions
from homestead.evaluation.signed_certificate import SignedCertificate
from homestead.problem.schema import Problem
from homestead.reports.base_page import PageHeader, render
from homestead.reports.charts import chart_html
from homestead.reports.models import figures, sentences
from homestead.reports.models.candidates import candidate_rows, candidates_chart
from homestead.reports.models.slice_figures import coverage_dots, slice_dots
from homestead.reports.wording import is_share, metric_label
from homestead.training.candidate_summary import SelectedCandidate

_PLOTTED_SLICES = 30


@dataclass(frozen=True)
class _MetricRow:
    metric: str
    winner: Estimate
    champion: Estimate | None
    baseline: float | None


def comparison_html(
    signed: SignedCertificate,
    predictions: HoldoutPredictions,
    problem: Problem,
    selected: SelectedCandidate | None = None,
) -> str:
    """Return the page that says whether the new model replaces the champion, and why.

    Args:
        problem: gives units, class names and the rules of the gate.
        selected: the winner among all candidates; None where they are not known.
    """
    certificate = signed.certificate
    # Failed slices first, then the largest.
    slices = sorted(
        (result for result in certificate.slices if result.winner is not None),
        key=lambda result: (result.ok, -result.rows),
    )
    plotted = slices[:_PLOTTED_SLICES]
    rows = [] if selected is None else candidate_rows(selected, problem)
    return render(
        "comparison.html",
        PageHeader(problem.name, model_name(certificate)),
        certificate=certificate,
        signed=signed,
        problem=problem,
        unit=problem.columns[problem.target].unit,
        headline=headline(certificate),
        candidates=rows,
        candidates_plot=candidates_chart(rows, problem),
        metrics=_metric_rows(certificate),
        slices_plot=_slices_chart(plotted, problem),
        coverage_plot=coverage_plot(certificate, problem),
        slices_left_out=len(slices) - len(plotted),
        plots=_charts(certificate, predictions, problem),
    )


def model_name(certificate: Certificate) -> str:
    """Return the new model as a header names it, which has no version yet."""
    return f"model {certificate.winner.digest[:12]}"


def _slices_chart(slices: Sequence[SliceResult], problem: Problem) -> Markup | str:
    if not slices:
        return ""
    metric = problem.metric
    label = metric_label(metric, problem.columns[problem.target].unit)
    return chart_html(
        partial(slice_dots, slices=slices, label=label, percent=is_share(metric)),
        sentences.slices_sentence(slices, problem.gate.min_slice_rows),
    )


def coverage_plot(certificate: Certificate, problem: Problem) -> Markup | str:
    """Return the chart of the intervals' coverage; empty if the model has no intervals."""
    if certificate.interval is None:
        return ""
    unit = problem.columns[problem.target].unit
    return chart_html(
        partial(coverage_dots, coverage=certificate.interval, unit=unit),
        sentences.coverage_sentence(certificate.interval),
        "Coverage of intervals by slice",
    )


def headline(certificate: Certificate) -> str:
    """Return the decision in one sentence."""
    promoted = certificate.decision == "promote"
    if certificate.champion is None:
        if promoted:
            return "The new model becomes the first champion."
        return "The new model does not become champion."
    if promoted:
        return "The new model takes the champion's place."
    return "The champion keeps its place."


def _metric_rows(certificate: Certificate) -> list[_MetricRow]:
    champion = {} if certificate.champion is None else certificate.champion.metrics
    baseline = certificate.baseline or {}
    return [
        _MetricRow(name, estimate, champion.get(name), baseline.get(name))
        for name, estimate in certificate.winner.metrics.items()
    ]


def _charts(
    certificate: Certificate, predictions: HoldoutPredictions, problem: Problem
) -> dict[str, Markup]:
    """Return the charts of predictions by title, without rows whose predictions are not finite."""
    names = ("new model", "champion")
    finite = np.all([_is_finite(model.values) for model in predictions.models], axis=0)
    if not finite.any():
        return {}
    actual = predictions.actual[finite].astype(float)
    answers = {
        name: model.rows(finite) for name, model in zip(names, predictions.models, strict=False)
    }
    models = {name: model.values for name, model in answers.items()}
    is_small = len(models) == 1
    if problem.task == "classification":
        classes = problem.classes
        return {
            "Predicted and actual classes": chart_html(
                partial(figures.confusion, actual=actual, models=answers, classes=classes),
                sentences.confusion_sentence(actual, answers, classes),
                is_small=is_small and len(classes) <= 4,
            ),
            "Calibration": chart_html(
                partial(figures.calibration, actual=actual, models=models),
                sentences.calibration_sentence(actual, models),
                is_small=True,
            ),
        }
    unit = problem.columns[problem.target].unit
    suffix = f", {unit}" if unit else ""
    logarithmic = bool((actual > 0).all() and actual.max() > 20 * actual.min())
    relative = "mape" in certificate.winner.metrics and bool((actual != 0).all())
    return {
        "Predicted and actual": chart_html(
            partial(
                figures.predicted_and_actual,
                actual=actual,
                models=models,
                unit=suffix,
                logarithmic=logarithmic,
            ),
            sentences.predictions_sentence(actual, models, unit, relative=relative),
            is_small=is_small,
        ),
        "Errors (predicted less actual)": chart_html(
            partial(
                figures.residuals, actual=actual, models=models, unit=suffix, relative=relative
            ),
            sentences.errors_sentence(actual, models, unit, relative=relative),
        ),
    }


def _is_finite(predictions: np.ndarray) -> np.ndarray:
    return np.asarray(np.isfinite(predictions).reshape(len(predictions), -1).all(axis=1))
