"""The comparison report: a certificate in plain words, tables and plots."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np

from homestead.reports import comparison_figures as figures
from homestead.reports.wording import (
    better_direction,
    figure,
    is_share,
    metric_title,
    number,
    percent,
    signed,
)

if TYPE_CHECKING:
    from homestead.problem.schema import Problem

_SLICES_IN_PLOT = 40


class Predictions(TypedDict):
    """What the models said of the holdout, for the plots.

    actual: shape (rows,), the target, or class codes. winner, champion: shape (rows,), or
    probabilities of shape (rows, classes); champion is None where there is none.
    """

    actual: np.ndarray
    winner: np.ndarray
    champion: np.ndarray | None


def comparison_html(
    certificate: Mapping[str, Any],
    predictions: Predictions | None = None,
    problem: "Problem | None" = None,
) -> str:
    """The page that says whether the new model takes the champion's place, and why.

    Args:
        certificate: as made by :func:`homestead.evaluation.gate.evaluate`.
        predictions: on the holdout; without them the page has no plots of errors.
        problem: gives units, class names and the rules of the gate.
    """
    from homestead.reports.page import figure_html, render

    compared = certificate.get("comparison")
    slices = list(certificate.get("slices") or ())
    metric = compared["metric"] if compared else (problem.metric if problem else "")
    shown = sorted(slices, key=lambda part: (part["ok"], -part["rows"]))[:_SLICES_IN_PLOT]
    plots = {
        name: figure_html(plot) for name, plot in _plots(certificate, predictions, problem).items()
    }
    slices_plot = (
        figure_html(
            figures.slice_dots(shown, metric_title(metric), is_share(metric)),
        )
        if shown
        else ""
    )
    return render(
        "comparison.html",
        c=certificate,
        problem=problem,
        promoted=certificate["decision"] == "promote",
        headline=headline(certificate),
        metric=metric,
        better_direction=better_direction,
        metrics=_metric_rows(certificate),
        slices=slices,
        slices_plot=slices_plot,
        slices_left_out=len(slices) - len(shown),
        plots=plots,
        fmt=figure,
        metric_title=metric_title,
        number=number,
        percent=percent,
        signed=signed,
    )


def headline(certificate: Mapping[str, Any]) -> str:
    """The decision in one sentence."""
    promoted = certificate["decision"] == "promote"
    if certificate.get("champion") is None:
        return (
            "The new model becomes the first champion."
            if promoted
            else "The new model does not become champion."
        )
    if promoted:
        return "The new model takes the champion's place."
    return "The champion keeps its place."


def _metric_rows(certificate: Mapping[str, Any]) -> list[dict[str, Any]]:
    champion = (certificate.get("champion") or {}).get("metrics") or {}
    baseline = certificate.get("baseline") or {}
    baseline = baseline.get("metrics", baseline)
    return [
        {
            "metric": name,
            "winner": found,
            "champion": champion.get(name),
            "baseline": _value(baseline.get(name)),
            "better": better_direction(name),
        }
        for name, found in certificate["winner"]["metrics"].items()
    ]


def _value(found: Any) -> float | None:
    return found.get("value") if isinstance(found, Mapping) else found


def _plots(
    certificate: Mapping[str, Any], predictions: Predictions | None, problem: "Problem | None"
) -> dict[str, Any]:
    if predictions is None:
        return {}
    actual = np.asarray(predictions["actual"], dtype=float)
    models = {"new model": np.asarray(predictions["winner"], dtype=float)}
    if predictions.get("champion") is not None:
        models["champion"] = np.asarray(predictions["champion"], dtype=float)
    if models["new model"].ndim == 2:
        width = models["new model"].shape[1]
        classes = problem.category_codes(problem.target) if problem else None
        return {
            "Called and actual classes": figures.confusion(
                actual, models, classes or tuple(str(code) for code in range(width))
            ),
            "Calibration": figures.calibration(actual, models),
        }
    unit = f", {problem.columns[problem.target].unit}" if problem else ""
    unit = unit if unit != ", " else ""
    spread = bool((actual > 0).all() and actual.max() > 20 * actual.min())
    relative = bool(certificate["winner"]["metrics"].get("mape")) and bool((actual != 0).all())
    return {
        "Predicted and actual": figures.predicted_and_actual(actual, models, unit, spread),
        "Errors (predicted less actual)": figures.residuals(actual, models, unit, relative),
    }
