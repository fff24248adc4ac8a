"""What the demo's predictions came to: their labels, and the model's performance on them."""

import time
from datetime import datetime

import pandas as pd
from pydantic import BaseModel, ConfigDict

from homestead.performance.report import Figure, PerformanceReport
from homestead.problem.schema import Problem
from homestead.settings import Settings
from homestead.steps.labels.add import add_label_table
from homestead.steps.performance.look import look_at_performance


class DemoPerformance(BaseModel):
    """How good the champion was on what it served.

    Attributes:
        metric: the problem's, which all figures are of.
        measured: on labelled predictions.
        promised: by the champion's certificate.
        estimated: without labels.
        verdict: ``harm``, ``fine`` or ``inconclusive``.
        reason: the verdict's figures, in a sentence.
    """

    model_config = ConfigDict(frozen=True)
    metric: str
    measured: Figure | None
    promised: Figure | None
    estimated: Figure | None
    verdict: str
    reason: str

    @classmethod
    def of(cls, report: PerformanceReport) -> "DemoPerformance":
        """Return the figures of a report that the demo shows."""
        return cls(
            metric=report.metric,
            measured=_figure(report.measured),
            promised=_figure(report.promised),
            estimated=_figure(report.estimated),
            verdict=report.verdict,
            reason=report.reason,
        )

    def line(self) -> str:
        """Return the figures in one line."""
        figures = {
            "measured": self.measured,
            "promised": self.promised,
            "estimated": self.estimated,
        }
        texts = [f"{name} {_text(figure)}" for name, figure in figures.items()]
        return f"{self.metric}: {', '.join(texts)}: {self.verdict}"


def add_outcomes(
    problem: Problem, settings: Settings, prediction_ids: list[str], rows: pd.DataFrame
) -> int:
    """Label predictions with the targets of the rows that they are of; return how many joined.

    The outcomes come as a file, as ``homestead labels add`` reads it.
    """
    path = settings.folder("demo") / f"outcomes-{time.time_ns()}.csv"
    outcomes = {"prediction_id": prediction_ids, problem.target: list(rows[problem.target])}
    pd.DataFrame(outcomes).to_csv(path, index=False)
    return add_label_table(problem, str(path), settings, lambda _: None).joined


def look_at_outcomes(
    problem: Problem, settings: Settings, since: datetime, until: datetime | None = None
) -> DemoPerformance:
    """Make a performance report of what was served between two times, UTC; by default until now."""
    report = look_at_performance(problem, settings, since=since, until=until)
    return DemoPerformance.of(report)


def _figure(figure: Figure | None) -> Figure | None:
    """Return a figure without what it was judged by."""
    return None if figure is None else Figure(**figure.model_dump(include=set(Figure.model_fields)))


def _text(figure: Figure | None) -> str:
    if figure is None or figure.value is None:
        return "unknown"
    if figure.low is None or figure.high is None:
        return f"{figure.value:.4f}"
    return f"{figure.value:.4f} [{figure.low:.4f}, {figure.high:.4f}]"
