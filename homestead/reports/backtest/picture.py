"""Picture of a backtest: error over time, releases and alerts marked."""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from homestead.problem.model_metrics.table import MODEL_METRICS
from homestead.reports.backtest.result import TITLES, BacktestResult, StrategyName, StrategyResult
from homestead.reports.charts import (
    CHAMPION_COLOR,
    HARM_COLOR,
    QUIET_COLOR,
    WIDE,
    WINNER_COLOR,
    Frame,
    canvas,
    date_axis,
    label_rows,
    legend_above,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COLORS: dict[StrategyName, str] = {
    "never": QUIET_COLOR,
    "monthly": CHAMPION_COLOR,
    "loop": WINNER_COLOR,
}
# Width and dash: strategies that choose the same models lie on each other, and each still shows.
_LINES: dict[StrategyName, tuple[float, str | tuple[int, tuple[int, ...]]]] = {
    "never": (5.0, "-"),
    "monthly": (2.0, (0, (5, 2))),
    "loop": (1.5, "-"),
}
# Periods of which a point is the mean, weighted by rows: single ones are mostly chance.
SMOOTHED_PERIODS = 4


def backtest_figure(frame: Frame, result: BacktestResult) -> "Figure":
    """Return error over time of each strategy; below it trainings, releases and alerts."""
    figure, (errors, events) = canvas(frame, 2.6 if frame.is_narrow else 4.6, panels=2)
    grid = figure.add_gridspec(2, 1, height_ratios=(3, 2) if frame.is_narrow else (4, 1))
    errors.set_subplotspec(grid[0])
    events.set_subplotspec(grid[1])
    events.sharex(errors)
    metric = MODEL_METRICS[result.metric]
    scale = 100 if metric.unit == "share" else 1
    for strategy in result.strategies:
        middle, values = _smoothed(strategy)
        errors.plot(
            _moments(middle),
            [value * scale for value in values],
            color=_COLORS[strategy.name],
            label=_label(strategy, scale, frame),
            linewidth=_LINES[strategy.name][0],
            linestyle=_LINES[strategy.name][1],
            alpha=0.6 if strategy.name == "never" else 1,
        )
    percent = ", %" if scale == 100 else ""
    errors.set_ylabel(f"{metric.title}{percent}")
    legend_above(errors, frame)
    errors.tick_params(labelbottom=False)
    _draw_events(events, frame, result)
    return figure


def backtest_svg(result: BacktestResult) -> str:
    """Return the picture as SVG text; the same result gives the same text."""
    import matplotlib as mpl

    target = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "homestead"}):
        backtest_figure(WIDE, result).savefig(
            target, format="svg", metadata={"Date": None}, facecolor="white"
        )
    return "\n".join(line.rstrip() for line in target.getvalue().splitlines()) + "\n"


def _smoothed(strategy: StrategyResult) -> tuple[list[float], list[float]]:
    """Return the middle of each window of periods, in seconds, and the mean in it by rows."""
    periods = [period for period in strategy.periods if period.value is not None]
    middles, values = [], []
    for last in range(1, len(periods) + 1):
        window = periods[max(0, last - SMOOTHED_PERIODS) : last]
        rows = sum(period.rows for period in window)
        values.append(sum((period.value or 0) * period.rows for period in window) / rows)
        middles.append((window[0].since + window[-1].until) / 2)
    return middles, values


def _label(strategy: StrategyResult, scale: int, frame: Frame) -> str:
    value = strategy.overall.value
    number = "" if value is None else f": {value * scale:.2f}{'%' if scale == 100 else ''}"
    if number and not frame.is_narrow:
        number += " in all"
    return f"{TITLES[strategy.name]}{number}"


def _draw_events(axes: "Axes", frame: Frame, result: BacktestResult) -> None:
    for place, strategy in enumerate(result.strategies):
        height = -place
        color = _COLORS[strategy.name]
        kept = [t.at for t in strategy.trainings if t.decision != "promote"]
        released = [t.at for t in strategy.trainings if t.decision == "promote"]
        _mark(axes, kept, height, "o", "white", color)
        _mark(axes, released, height, "o", color, color)
        harm, drift = ([a.at for a in strategy.alerts_of(kind)] for kind in ("harm", "drift"))
        _mark(axes, harm, height + 0.2, "v", HARM_COLOR, HARM_COLOR)
        _mark(axes, drift, height - 0.3, "d", "white", QUIET_COLOR)
    label_rows(axes, frame, [TITLES[strategy.name] for strategy in result.strategies])
    date_axis(axes, frame)
    marks = (
        "● released",
        "○ trained, the champion kept",
        "▼ alert: worse than promised",
        "◇ alert: drift",
    )
    axes.set_xlabel(("\n" if frame.is_narrow else "   ").join(marks))


def _mark(
    axes: "Axes", times: Sequence[float], height: float, marker: str, fill: str, edge: str
) -> None:
    axes.scatter(
        _moments(times),
        [height] * len(times),
        s=28,
        zorder=3,
        marker=marker,
        facecolors=fill,
        edgecolors=edge,
    )


def _moments(seconds: Sequence[float]) -> np.ndarray:
    return np.array(seconds, dtype="int64").astype("datetime64[s]")
