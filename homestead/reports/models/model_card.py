"""Model card: the sections of Mitchell et al., "Model Cards for Model Reporting" (2019)."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING

from homestead.evaluation.signed_certificate import SignedCertificate
from homestead.problem.schema import Problem
from homestead.reports.base_page import PageHeader, render
from homestead.reports.charts import (
    WINNER_COLOR,
    Frame,
    canvas,
    chart_html,
    label_rows,
    row_height,
    short_numbers,
)
from homestead.reports.models import card_summary
from homestead.reports.models.comparison import coverage_plot, headline, model_name
from homestead.reports.models.sentences import importance_sentence
from homestead.reports.wording import source_name

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MAX_BARS = 25


@dataclass(frozen=True)
class ModelFacts:
    """What a model version was made from, in the order of the card's details.

    Attributes:
        run: the parent run in MLflow.
        data_hash: SHA-256 of the source's bytes, in hex.
        commit: git commit of the code.
        holdout_hash: SHA-256 of the holdout's values, in hex.
        features_hash: SHA-256 of the feature definitions, in hex.
        training_set_hash: SHA-256 of the training set's values, in hex.
        estimator: the candidate's name and estimator.
        parameters: the estimator's parameters as text, by name.
        workers: as of :class:`homestead.reports.models.candidates.CandidateRow`.
        validation_from, holdout_from: the times at which they begin; empty unless split by time.
    """

    run: str
    data_hash: str
    commit: str
    holdout_hash: str
    features_hash: str
    training_set_hash: str
    estimator: str
    parameters: Mapping[str, str]
    workers: str = ""
    validation_from: str = ""
    holdout_from: str = ""


@dataclass(frozen=True)
class _InputRow:
    name: str
    source: str
    meaning: str
    unit: str = ""


def model_card_html(
    problem: Problem,
    signed: SignedCertificate,
    facts: ModelFacts,
    importance: Mapping[str, float],
) -> str:
    """Return the card of a model version.

    Args:
        problem: ``problem.card`` holds what only people can say; an empty entry is shown as not
            stated.
        importance: mean absolute contribution to a prediction, by the input's name.
    """
    certificate = signed.certificate
    unit = problem.columns[problem.target].unit
    label = "mean absolute contribution" + (f", {unit}" if unit else "")
    return render(
        "model_card.html",
        PageHeader(problem.name, model_name(certificate)),
        problem=problem,
        card=problem.card,
        source=source_name(problem.source),
        certificate=certificate,
        signed=signed,
        unit=unit,
        purpose=card_summary.purpose_sentence(problem),
        quality=list(card_summary.quality_sentences(certificate, problem)),
        limits=list(card_summary.limit_sentences(certificate, problem)),
        headline=headline(certificate),
        metrics=dict(
            sorted(certificate.winner.metrics.items(), key=lambda item: item[0] != problem.metric)
        ),
        facts=asdict(facts),
        coverage_plot=coverage_plot(certificate, problem),
        inputs=[_input_row(name, problem) for name in problem.features],
        importance=chart_html(
            partial(importance_bars, importance=importance, label=label),
            importance_sentence(importance),
            "Importance of inputs",
        ),
    )


def _input_row(name: str, problem: Problem) -> _InputRow:
    if name in problem.derived:
        return _InputRow(name, "derived", problem.derived[name])
    views = [label for label, view in problem.views.items() if name in view.names]
    source = f"feature view {views[0]}" if views else "request"
    column = problem.columns.get(name)
    if column is None:
        return _InputRow(name, source, "computed by the view's query")
    return _InputRow(name, source, column.description, column.unit)


def importance_bars(frame: Frame, importance: Mapping[str, float], label: str) -> "Figure":
    """Draw horizontal bars, the largest on top."""
    largest = sorted(importance.items(), key=lambda item: -abs(item[1]))[:_MAX_BARS]
    figure, (axis,) = canvas(frame, row_height(frame, len(largest)))
    positions = [-place for place in range(len(largest))]
    height = 0.3 if frame.is_narrow else 0.65
    axis.barh(positions, [value for _, value in largest], color=WINNER_COLOR, height=height)
    label_rows(axis, frame, [name for name, _ in largest])
    axis.grid(visible=False, axis="y")
    short_numbers(axis.xaxis)
    axis.set_xlabel(label)
    return figure
