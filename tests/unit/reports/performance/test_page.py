"""Page of a performance report: header, units, and what follows from each chart."""

from datetime import UTC, datetime, timedelta

from homestead.performance.report import Figure, JudgedFigure, PeriodFigures, SliceFigures
from homestead.reports.performance.page import performance_html
from homestead.reports.performance.sentences import slices_sentence, timeline_sentence
from tests.factories import flats_problem, performance_report
from tests.report_pages import plot_count, visible_text

START = datetime(2026, 1, 1, tzinfo=UTC)


def period(day: int, value: float | None, rows: int = 90) -> PeriodFigures:
    since = START + timedelta(days=day)
    figure = None if value is None else Figure(value=value, low=value, high=value, rows=rows)
    return PeriodFigures(
        since=since,
        until=since + timedelta(days=1),
        predictions=9,
        measured=figure,
        estimated=None,
    )


def part(value: str, rows: int, worse_by: float, verdict: str = "fine") -> SliceFigures:
    judged = JudgedFigure.model_validate(
        {
            **Figure(value=0.1, low=0.08, high=0.12, rows=rows).model_dump(),
            "verdict": verdict,
            "reason": "as it is",
            "level": 0.01,
            "worse_by": worse_by,
        }
    )
    return SliceFigures(column="district", value=value, promised=0.1, measured=judged)


def test_the_page_has_its_header_and_charts() -> None:
    report = performance_report(
        timeline=(period(0, 0.1), period(1, 0.2)), slices=(part("north", 90, 0.2),)
    )
    html = performance_html(report, flats_problem())
    assert f"version {report.version}" in visible_text(html)
    assert plot_count(html) == 2


def test_the_sentence_over_time_follows_from_the_periods() -> None:
    report = performance_report(metric="mape", higher_is_better=False)
    limit = report.limit
    assert limit is not None
    good, bad = period(0, limit * 0.5), period(1, limit * 2)
    assert "no period was worse" in timeline_sentence([good, good], report, "")
    assert "1 of 2 periods were worse" in timeline_sentence([good, bad], report, "")
    assert "(only 3 rows)" in timeline_sentence([period(0, limit * 0.5, rows=3)], report, "")


def test_the_sentence_of_slices_names_the_worst_and_the_small_ones() -> None:
    text = slices_sentence([part("north", 90, 0.3), part("tiny", 4, 2.0)], "mape", "")
    assert "district = north: 10.00%, 30.0% worse on 90 rows" in text
    assert "1 have fewer than 30 rows" in text
    assert "no slice is surely harmed" in text
    harmed = slices_sentence([part("north", 90, 0.3, "harm")], "mape", "")
    assert "1 of 1 slices are harmed" in harmed
    assert "Every slice is as good" in slices_sentence([part("north", 90, -0.3)], "mape", "")
    assert "No slice can be compared" in slices_sentence([part("tiny", 4, 0.1)], "mape", "")
