"""The model card: the sections of Mitchell et al., "Model Cards for Model Reporting" (2019)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from homestead.problem.schema import Problem
from homestead.reports.comparison import headline
from homestead.reports.comparison_figures import bars
from homestead.reports.wording import (
    better_direction,
    figure,
    metric_title,
    number,
    percent,
    signed,
)


def model_card_html(
    problem: Problem,
    certificate: Mapping[str, Any],
    lineage: Mapping[str, Any],
    importance: Mapping[str, float] | None = None,
) -> str:
    """The card that goes with a model version.

    Args:
        problem: ``problem.card`` holds what only people can say; what is empty there is shown as
            not stated.
        certificate: as made by :func:`homestead.evaluation.gate.evaluate`.
        lineage: name: value of what the model was made from and with (run, version, estimator,
            parameters, data, commit, package versions); a mapping as value is shown as a list.
        importance: name of an input: the mean size of its contribution to a prediction.
    """
    from homestead.reports.page import render

    return render(
        "model_card.html",
        problem=problem,
        card=problem.card,
        source=_source(problem.source),
        c=certificate,
        headline=headline(certificate),
        # The digest has a line of its own.
        lineage={n: v for n, v in lineage.items() if v != certificate["winner"]["digest"]},
        inputs=[_input(name, problem) for name in problem.features],
        importance=_importance_plot(importance, problem) if importance else "",
        metric_title=metric_title,
        better_direction=better_direction,
        fmt=figure,
        number=number,
        percent=percent,
        signed=signed,
    )


def _importance_plot(importance: Mapping[str, float], problem: Problem) -> str:
    from homestead.reports.page import figure_html

    unit = problem.columns[problem.target].unit
    label = "mean size of the contribution" + (f", {unit}" if unit else "")
    return figure_html(bars(dict(importance), label), "Importance of inputs")


def _source(uri: str) -> str:
    """A URI as it stands; of a path only the name, as folders differ between machines."""
    return uri if "://" in uri else Path(uri).name


def _input(name: str, problem: Problem) -> dict[str, str]:
    if name in problem.derived:
        return {"name": name, "source": "derived", "meaning": problem.derived[name], "unit": ""}
    views = [label for label, view in problem.views.items() if name in view.names]
    source = f"feature view {views[0]}" if views else "request"
    column = problem.columns.get(name)
    return {
        "name": name,
        "source": source,
        "meaning": column.description if column else "computed by the view's query",
        "unit": column.unit if column else "",
    }
