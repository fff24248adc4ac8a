"""Page of a look at a model's performance: the verdict, its figures, over time and by slice."""

from homestead.performance.judgement import ESTIMATED_PART, MEASURED_PART
from homestead.performance.report import (
    BLIND_SPOT,
    JudgedFigure,
    PerformanceReport,
    PeriodFigures,
)
from homestead.problem.schema import Problem
from homestead.reports.base_page import figure_html, render
from homestead.reports.performance import figures

_HEADLINES = {
    ("harm", "labels"): "Harm: worse than promised, by labels.",
    ("fine", "labels"): "As promised, by labels.",
    ("harm", "estimate"): "Harm is to be expected: the estimate is worse than promised.",
    ("fine", "estimate"): "As promised, as far as can be seen without labels.",
    ("inconclusive", "labels"): "Inconclusive: the rows do not tell.",
}
_PLOTTED_SLICES = 40


def performance_html(report: PerformanceReport, problem: Problem) -> str:
    """Return the page of a report."""
    promised = None if report.promised is None else report.promised.value
    slices = sorted(report.slices, key=lambda item: item.column)
    plotted = [s for s in slices if s.measured.value is not None][:_PLOTTED_SLICES]
    timeline = [period for period in report.timeline if _has_value(period)]
    return render(
        "performance.html",
        report=report,
        problem=problem,
        headline=_HEADLINES[report.verdict, report.basis],
        blind_spot=BLIND_SPOT,
        judged=_judged(report),
        slices=slices,
        slices_plot=figure_html(figures.slice_figures(plotted, report.metric, promised))
        if plotted
        else "",
        timeline_plot=figure_html(
            figures.metric_over_time(timeline, report.metric, promised, report.limit)
        )
        if timeline
        else "",
        labelled=0 if report.measured is None else report.measured.rows,
        sentence=sentence,
    )


def sentence(text: str) -> str:
    """Return a text as a sentence; names of metrics at its start stay as they are written."""
    return text if not text or text.endswith(".") else f"{text}."


def _judged(report: PerformanceReport) -> list[tuple[str, JudgedFigure, float]]:
    """Return what was judged: its name, figure, and part of the error level."""
    return [
        (name, figure, part)
        for name, figure, part in (
            ("Measured on labels", report.measured, MEASURED_PART),
            ("Estimated without labels", report.estimated, ESTIMATED_PART),
        )
        if figure is not None
    ]


def _has_value(period: PeriodFigures) -> bool:
    return any(f is not None and f.value is not None for f in (period.measured, period.estimated))
