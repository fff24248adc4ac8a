"""Page of a look at a model's performance: the verdict, its figures, over time and by slice."""

from functools import partial

from homestead.performance.judgement import ESTIMATED_PART, MEASURED_PART
from homestead.performance.report import (
    BLIND_SPOT,
    JudgedFigure,
    PerformanceReport,
    PeriodFigures,
)
from homestead.problem.schema import Problem
from homestead.reports.base_page import PageHeader, render
from homestead.reports.charts import chart_html
from homestead.reports.performance import figures, sentences

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
    unit = problem.columns[problem.target].unit if problem.target in problem.columns else ""
    return render(
        "performance.html",
        PageHeader(report.problem, f"version {report.version}", report.at),
        report=report,
        problem=problem,
        unit=unit,
        headline=_HEADLINES[report.verdict, report.basis],
        blind_spot=BLIND_SPOT,
        judged=_judged(report),
        slices=slices,
        slices_plot=chart_html(
            partial(
                figures.slice_figures,
                slices=plotted,
                metric=report.metric,
                promised=promised,
                unit=unit,
            ),
            sentences.slices_sentence(plotted, report.metric, unit),
        )
        if plotted
        else "",
        timeline_plot=chart_html(
            partial(
                figures.metric_over_time,
                timeline=timeline,
                metric=report.metric,
                promised=promised,
                limit=report.limit,
                unit=unit,
            ),
            sentences.timeline_sentence(timeline, report, unit),
        )
        if timeline
        else "",
        labelled=0 if report.measured is None else report.measured.rows,
    )


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
