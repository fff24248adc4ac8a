"""Figures of the demo's outcomes: those of the report, with their intervals."""

from datetime import UTC, datetime

from homestead.cli.demo.outcomes import DemoPerformance
from homestead.performance.report import Figure, JudgedFigure, PerformanceReport

AT = datetime(2026, 1, 2, tzinfo=UTC)
MEASURED = JudgedFigure(
    value=0.12, low=0.11, high=0.13, rows=500, verdict="fine", reason="within", level=0.001
)


def test_the_figures_are_those_of_the_report() -> None:
    report = PerformanceReport(
        problem="flats",
        version="1",
        digest="d" * 64,
        at=AT,
        since=AT,
        until=AT,
        metric="mape",
        higher_is_better=False,
        predictions=500,
        promised=Figure(value=0.1, rows=900),
        measured=MEASURED,
        estimated=None,
        tolerance=0.1,
        error_level=0.01,
    )
    shown = DemoPerformance.of(report)
    assert shown.line() == (
        "mape: measured 0.1200 [0.1100, 0.1300], promised 0.1000, estimated unknown: fine"
    )
    assert type(shown.measured) is Figure
    assert shown.reason == "within"
