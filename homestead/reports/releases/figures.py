"""Charts of a release. Each function returns a new figure and changes no global state."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from homestead.release.analysis.result import TestResult
from homestead.reports.charts import (
    DARK_COLOR,
    HARM_COLOR,
    MODEL_STYLES,
    QUIET_COLOR,
    WINNER_COLOR,
    Frame,
    canvas,
    dot_size,
    label_rows,
    legend_above,
    row_height,
    short_numbers,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_STYLES = dict(zip(("challenger", "champion"), MODEL_STYLES, strict=True))
_UNITS = ((86_400.0, "days"), (3600.0, "hours"), (60.0, "minutes"))


def traffic_shares(
    frame: Frame, times: Sequence[float], shares: Sequence[float], end: float
) -> "Figure":
    """Draw the challenger's share of the subjects over time.

    Args:
        times: when each share began, in seconds.
        shares: 0 to 1.
        end: when the last one ended, or now.
    """
    from matplotlib.ticker import PercentFormatter

    figure, (axis,) = canvas(frame, 2.2)
    scale, unit = _time_scale(end - times[0])
    x = (np.array([*times, end]) - times[0]) / scale
    y = np.array([*shares, shares[-1]])
    axis.fill_between(x, y, step="post", color=WINNER_COLOR, alpha=0.18, linewidth=0)
    axis.step(x, y, where="post", color=WINNER_COLOR, linewidth=1.6)
    axis.set_ylim(0, 1.05)
    axis.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axis.set_xlabel(f"{unit} since the start")
    axis.set_ylabel("challenger's share\nof the subjects")
    return figure


def test_over_time(frame: Frame, points: Sequence[tuple[float, TestResult]]) -> "Figure":
    """Draw a test's estimate and interval over time, with its limits.

    Args:
        points: seconds since the start, and the test's result then; at least one.
    """
    from matplotlib.ticker import PercentFormatter

    figure, (axis,) = canvas(frame, 2.7)
    last = points[-1][1]
    scale, unit = _time_scale(points[-1][0])
    x = np.array([seconds for seconds, _ in points]) / scale
    estimates = np.array([np.nan if t.estimate is None else t.estimate for _, t in points])
    low = np.array([test.low for _, test in points])
    high = np.array([test.high for _, test in points])
    color = HARM_COLOR if last.verdict == "harm" else WINNER_COLOR
    axis.fill_between(x, low, high, color=color, alpha=0.15, linewidth=0, label="interval")
    axis.plot(x, estimates, color=color, linewidth=1.6, label="estimate")
    if len(points) == 1:
        axis.errorbar(
            x, estimates, [estimates - low, high - estimates], color=color, marker="o", capsize=3
        )
    limits = [last.harmful_above]
    if last.passed_below == last.harmful_above:
        _draw_limit(axis, last.harmful_above, "worse above, passed below", HARM_COLOR)
    else:
        _draw_limit(axis, last.harmful_above, "worse above", HARM_COLOR)
        if last.passed_below is not None:
            _draw_limit(axis, last.passed_below, "passed below", DARK_COLOR, ":")
    if last.passed_below is not None:
        limits.append(last.passed_below)
    axis.set_ylim(*_range_of(low, high, estimates, limits))
    axis.yaxis.set_major_formatter(PercentFormatter(1))
    axis.set_xlabel(f"{unit} since the start")
    axis.set_ylabel("how much worse")
    legend_above(axis, frame)
    return figure


def _draw_limit(axis: "Axes", value: float, name: str, color: str, dash: str = "--") -> None:
    axis.axhline(value, color=color, linewidth=1.3, linestyle=dash, label=name)


test_over_time.__test__ = False  # type: ignore[attr-defined]  # not one of pytest's


def slice_intervals(frame: Frame, slices: Sequence[TestResult]) -> "Figure":
    """Draw each slice's estimate and interval, from top to bottom; harm is red."""
    from matplotlib.ticker import PercentFormatter

    figure, (axis,) = canvas(frame, row_height(frame, len(slices)))
    estimates = np.array([np.nan if s.estimate is None else s.estimate for s in slices])
    low, high = (np.array([getattr(s, end) for s in slices]) for end in ("low", "high"))
    for position, result in enumerate(slices):
        color = HARM_COLOR if result.verdict == "harm" else WINNER_COLOR
        axis.plot([low[position], high[position]], [-position] * 2, color=color, linewidth=1.4)
        size = dot_size(result.observations)
        axis.scatter(estimates[position], -position, s=size, color=color, zorder=3)
    axis.axvline(
        slices[0].harmful_above,
        color=HARM_COLOR,
        linewidth=1.3,
        linestyle="--",
        label="worse above",
    )
    names = [f"{s.name.removeprefix('slice ')} ({s.observations:,} rows)" for s in slices]
    label_rows(axis, frame, names)
    legend_above(axis, frame)
    axis.set_xlim(*_range_of(low, high, estimates, [slices[0].harmful_above]))
    axis.xaxis.set_major_formatter(PercentFormatter(1))
    axis.set_xlabel("how much worse than the champion")
    return figure


def latency_shares(frame: Frame, seconds: Mapping[str, np.ndarray]) -> "Figure":
    """Draw the share of requests that take longer, on logarithmic axes.

    Args:
        seconds: by the model that answered, shape (requests,).
    """
    from matplotlib.ticker import FuncFormatter

    figure, (axis,) = canvas(frame, 2.9)
    for side, values in seconds.items():
        ordered = np.sort(values) * 1000
        longer = 1 - np.arange(len(ordered)) / len(ordered)
        color, line, _ = _STYLES[side]
        axis.step(ordered, longer, where="pre", color=color, linestyle=line, label=side)
    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:g}%"))
    short_numbers(axis.xaxis, logarithmic=True)
    axis.set_xlabel("latency, ms")
    axis.set_ylabel("requests that take longer")
    legend_above(axis, frame)
    for share in (0.5, 0.01):
        axis.axhline(share, color=QUIET_COLOR, linewidth=0.8, linestyle=":")
    return figure


def _time_scale(seconds: float) -> tuple[float, str]:
    """Return the unit in which a duration is a number that people read, as seconds and name."""
    return next(((size, name) for size, name in _UNITS if seconds >= 3 * size), (1.0, "seconds"))


def _range_of(
    low: np.ndarray, high: np.ndarray, estimates: np.ndarray, limits: Sequence[float]
) -> tuple[float, float]:
    """Return an axis' range: of the later half, because the first intervals are wide."""
    half = len(low) // 2
    values = np.array([*limits, *estimates[half:], *low[half:], *high[half:]])
    values = values[np.isfinite(values)]
    margin = 0.08 * (values.max() - values.min()) or 0.01
    return float(values.min() - margin), float(values.max() + margin)
