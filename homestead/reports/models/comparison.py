"""Comparison page: a certificate as sentences, tables and plots."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from homestead.evaluation.certificate import Certificate, Estimate
from homestead.evaluation.gate import HoldoutPredictions
from homestead.evaluation.signed_certificate import SignedCertificate
from homestead.problem.schema import Problem
from homestead.reports.base_page import figure_html, render
from homestead.reports.models import figures
from homestead.reports.models.coverage_figure import coverage_dots
from homestead.reports.models.slice_figures import slice_dots
from homestead.reports.wording import is_share, metric_title

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_PLOTTED_SLICES = 40


@dataclass(frozen=True)
class _MetricRow:
    metric: str
    winner: Estimate
    champion: Estimate | None
    baseline: float | None


def comparison_html(
    signed: SignedCertificate, predictions: HoldoutPredictions, problem: Problem
) -> str:
    """Return the page that says whether the new model replaces the champion, and why.

    Args:
        problem: gives units, class names and the rules of the gate.
    """
    certificate = signed.certificate
    # Failed slices first, then the largest.
    slices = sorted(
        (result for result in certificate.slices if result.winner is not None),
        key=lambda result: (result.ok, -result.rows),
    )
    plotted = slices[:_PLOTTED_SLICES]
    metric = problem.metric
    slices_plot = ""
    if plotted:
        slices_plot = figure_html(slice_dots(plotted, metric_title(metric), is_share(metric)))
    plots = _plots(certificate, predictions, problem)
    return render(
        "comparison.html",
        certificate=certificate,
        signed=signed,
        problem=problem,
        headline=headline(certificate),
        metrics=_metric_rows(certificate),
        slices_plot=slices_plot,
        coverage_plot=coverage_plot(certificate, problem),
        slices_left_out=len(slices) - len(plotted),
        plots={title: figure_html(plot) for title, plot in plots.items()},
    )


def coverage_plot(certificate: Certificate, problem: Problem) -> str:
    """Return the plot of the intervals' coverage; empty if the model has no intervals."""
    if certificate.interval is None:
        return ""
    figure = coverage_dots(certificate.interval, problem.columns[problem.target].unit)
    return figure_html(figure, "Coverage of intervals by slice")


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


def _plots(
    certificate: Certificate, predictions: HoldoutPredictions, problem: Problem
) -> dict[str, "Figure"]:
    """Return the plots of predictions by title, without rows whose predictions are not finite."""
    names = ("new model", "champion")
    finite = np.all([_is_finite(model.values) for model in predictions.models], axis=0)
    if not finite.any():
        return {}
    actual = predictions.actual[finite].astype(float)
    answers = {
        name: model.rows(finite) for name, model in zip(names, predictions.models, strict=False)
    }
    models = {name: model.values for name, model in answers.items()}
    if problem.task == "classification":
        return {
            "Predicted and actual classes": figures.confusion(actual, answers, problem.classes),
            "Calibration": figures.calibration(actual, models),
        }
    unit = problem.columns[problem.target].unit
    suffix = f", {unit}" if unit else ""
    logarithmic = bool((actual > 0).all() and actual.max() > 20 * actual.min())
    relative = "mape" in certificate.winner.metrics and bool((actual != 0).all())
    return {
        "Predicted and actual": figures.predicted_and_actual(actual, models, suffix, logarithmic),
        "Errors (predicted less actual)": figures.residuals(actual, models, suffix, relative),
    }


def _is_finite(predictions: np.ndarray) -> np.ndarray:
    return np.asarray(np.isfinite(predictions).reshape(len(predictions), -1).all(axis=1))
