"""Plots of a performance report: all that a report may hold can be drawn."""

from datetime import UTC, datetime, timedelta

from homestead.performance.report import Figure, JudgedFigure, PeriodFigures, SliceFigures
from homestead.reports.charts import WIDE
from homestead.reports.performance.figures import metric_over_time, slice_figures

START = datetime(2026, 1, 1, tzinfo=UTC)
FULL = Figure(value=0.1, low=0.08, high=0.12, rows=90)
EMPTY = Figure(value=None, rows=3, undefined="all 3 rows are of one class")


def period(day: int, measured: Figure | None, estimated: Figure | None) -> PeriodFigures:
    since = START + timedelta(days=day)
    return PeriodFigures(
        since=since,
        until=since + timedelta(days=1),
        predictions=9,
        measured=measured,
        estimated=estimated,
    )


def test_periods_without_values_leave_gaps_and_the_promise_stays_in_sight() -> None:
    one_value = Figure(value=0.2, rows=1)
    timeline = [period(0, FULL, FULL), period(1, EMPTY, None), period(2, one_value, FULL)]
    figure = metric_over_time(WIDE, timeline, "mape", promised=0.4, limit=0.44)
    (axis,) = figure.axes
    low, high = axis.get_ylim()
    assert low < 0.1
    assert high > 0.4
    labels = {text.get_text() for text in axis.get_legend().get_texts()}  # type: ignore[union-attr]
    assert labels == {"measured", "estimated", "promised", "tolerated"}
    alone = metric_over_time(WIDE, [period(0, FULL, None)], "mae", promised=None, limit=None)
    assert alone.axes[0].get_ylabel() == "mean absolute error"


def test_each_slice_has_its_row_and_harm_its_colour() -> None:
    judged = JudgedFigure(**FULL.model_dump(), verdict="harm", reason="worse", level=0.01)
    slices = [
        SliceFigures(column="district", value="<b>", promised=0.05, measured=judged),
        SliceFigures(column="floor", value="1 to 3", promised=None, measured=judged),
    ]
    (axis,) = slice_figures(WIDE, slices, "mape", promised=0.1).axes
    names = [text.get_text() for text in axis.get_yticklabels()]
    assert names == ["district = <b> (90 rows)", "floor = 1 to 3 (90 rows)"]
