"""Charts of predictions. Each function returns a new figure and changes no global state."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from homestead.evaluation.interval_coverage import wilson_interval
from homestead.problem.model_metrics.predictions import Predictions
from homestead.reports.charts import (
    LINE_COLOR,
    MODEL_STYLES,
    Frame,
    canvas,
    legend_above,
    panel_title,
    short_numbers,
    shortened,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MAX_POINTS = 5000  # of a scatter plot; more only make the file larger
_MAX_LABELLED_CLASSES = 12
_BIN_CONFIDENCE = 0.95


def predicted_and_actual(
    frame: Frame,
    actual: np.ndarray,
    models: Mapping[str, np.ndarray],
    unit: str,
    logarithmic: bool,
) -> "Figure":
    """Draw predicted against actual values, one panel for each model.

    Args:
        actual: shape (rows,).
        models: predictions of shape (rows,) by the model's name, at most two.
        unit: suffix of the axes' labels.
        logarithmic: whether both axes are logarithmic, if no value is negative.
    """
    figure, axes = canvas(frame, 3.1 if frame.is_narrow else 3.9, len(models))
    rows = _sampled_rows(len(actual))
    low = float(min(actual.min(), *(values.min() for values in models.values())))
    high = float(max(actual.max(), *(values.max() for values in models.values())))
    for axis, (name, predicted), style in zip(axes, models.items(), MODEL_STYLES, strict=False):
        axis.scatter(
            *(actual[rows], predicted[rows]),
            s=5,
            alpha=0.3,
            color=style[0],
            linewidths=0,
            rasterized=True,
        )
        # A perfect prediction lies on this line.
        axis.plot([low, high], [low, high], color=LINE_COLOR, linewidth=1)
        if logarithmic and low > 0:
            axis.set_xscale("log")
            axis.set_yscale("log")
        for scale in (axis.xaxis, axis.yaxis):
            short_numbers(scale, logarithmic=logarithmic and low > 0)
        panel_title(axis, frame, name)
        axis.set_xlabel(f"actual{unit}")
        axis.set_ylabel(f"predicted{unit}")
    return figure


def residuals(
    frame: Frame,
    actual: np.ndarray,
    models: Mapping[str, np.ndarray],
    unit: str,
    relative: bool,
) -> "Figure":
    """Draw a histogram of the errors, and their spread in each tenth of the actual values.

    Args:
        actual: shape (rows,).
        models: predictions of shape (rows,) by the model's name, at most two.
        unit: suffix of the axes' labels.
        relative: whether errors are shown in percent of the actual value.
    """
    figure, (histogram, spread) = canvas(frame, 3.1 if frame.is_narrow else 3.6, 2)
    label = "error, % of the actual value" if relative else f"error{unit}"
    errors = {name: errors_of(actual, values, relative) for name, values in models.items()}
    edge = float(np.nanpercentile(np.abs(np.concatenate(list(errors.values()))), 99)) or 1.0
    tenth_of_row = tenths_of(actual)
    for place, ((name, error), style) in enumerate(zip(errors.items(), MODEL_STYLES, strict=False)):
        color, line, _ = style
        histogram.hist(
            error,
            bins=np.linspace(-edge, edge, 41).tolist(),
            histtype="stepfilled" if place == 0 else "step",
            facecolor=f"{color}33" if place == 0 else "none",
            edgecolor=color,
            linestyle=line,
            linewidth=1.5,
            label=name,
        )
        _draw_spread(spread, error, tenth_of_row, place, name)
    histogram.axvline(0, color=LINE_COLOR, linewidth=1)
    histogram.set_xlabel(f"{label}\n(the largest 1% left out)")
    histogram.set_ylabel("rows")
    short_numbers(histogram.xaxis)
    spread.axhline(0, color=LINE_COLOR, linewidth=1)
    spread.set_xlabel(
        "tenth of the actual values, smallest first\n(median, and 10th to 90th percentile)"
    )
    spread.set_ylabel(label)
    short_numbers(spread.yaxis)
    spread.set_xticks(range(10), [str(number + 1) for number in range(10)])
    legend_above(histogram, frame)
    legend_above(spread, frame)
    return figure


def errors_of(actual: np.ndarray, predicted: np.ndarray, relative: bool) -> np.ndarray:
    """Return predicted less actual values, in percent of the actual ones if ``relative``."""
    if not relative:
        return np.asarray(predicted - actual)
    scale = np.abs(actual) / 100
    return np.asarray((predicted - actual) / np.where(scale == 0, np.nan, scale))


def tenths_of(actual: np.ndarray) -> np.ndarray:
    """Return each row's tenth of the actual values, 0 to 9, shape (rows,)."""
    edges = np.quantile(actual, np.linspace(0, 1, 11))
    return np.asarray(np.clip(np.searchsorted(edges, actual, side="right") - 1, 0, 9))


def _draw_spread(
    axis: "Axes", error: np.ndarray, tenth_of_row: np.ndarray, place: int, name: str
) -> None:
    color, line, marker = MODEL_STYLES[place]
    tenths = [tenth for tenth in range(10) if (tenth_of_row == tenth).any()]
    percentiles = [np.nanpercentile(error[tenth_of_row == n], [10, 50, 90]) for n in tenths]
    low, median, high = np.array(percentiles).T
    axis.plot(
        *(tenths, median),
        color=color,
        linestyle=line,
        marker=marker,
        markersize=4,
        label=name,
    )
    if place == 0:
        axis.fill_between(tenths, low, high, color=color, alpha=0.14, linewidth=0)
    else:
        for edge in (low, high):
            axis.plot(tenths, edge, color=color, linestyle=":", linewidth=1.3)


def confusion(
    frame: Frame, actual: np.ndarray, models: Mapping[str, Predictions], classes: Sequence[str]
) -> "Figure":
    """Draw the share of each actual class that was predicted as each class, by model.

    Args:
        actual: class codes, shape (rows,).
        models: probabilities of shape (rows, classes) and labels by the model's name, at most two.
        classes: names, in the order of their codes.
    """
    figure, axes = canvas(frame, 3.3 if frame.is_narrow else 4.0, len(models))
    for axis, (name, answers) in zip(axes, models.items(), strict=False):
        counts = confusion_counts(actual, answers, len(classes))
        shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        axis.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
        axis.grid(visible=False)
        if len(classes) <= (_MAX_LABELLED_CLASSES if not frame.is_narrow else 5):
            for row, column in np.ndindex(shares.shape):
                color = "white" if shares[row, column] > 0.55 else "#222222"
                text = f"{100 * shares[row, column]:.0f}%\n{counts[row, column]:,.0f}"
                axis.text(
                    *(column, row, text),
                    ha="center",
                    va="center",
                    color=color,
                    fontsize=frame.font_size,
                )
        names = [shortened(name, 14) for name in classes]
        axis.set_xticks(range(len(classes)), names, rotation=45 if len(classes) > 3 else 0)
        axis.set_yticks(range(len(classes)), names)
        panel_title(axis, frame, f"{name}: % of the actual class, rows")
        axis.set_xlabel("predicted")
        axis.set_ylabel("actual")
    return figure


def confusion_counts(actual: np.ndarray, answers: Predictions, classes: int) -> np.ndarray:
    """Return rows by actual and predicted class, shape (classes, classes)."""
    counts = np.zeros((classes, classes))
    np.add.at(counts, (actual.astype(int), answers.codes), 1)
    return counts


def calibration(frame: Frame, actual: np.ndarray, models: Mapping[str, np.ndarray]) -> "Figure":
    """Draw how often the most probable class was right, by its predicted probability.

    Args:
        actual: class codes, shape (rows,).
        models: probabilities of shape (rows, classes) by the model's name, at most two.
    """
    figure, (axis,) = canvas(frame, 3.3)
    axis.plot([0, 1], [0, 1], color=LINE_COLOR, linewidth=1, label="as often as predicted")
    lowest = 1.0
    for (name, probabilities), style in zip(models.items(), MODEL_STYLES, strict=False):
        color, line, marker = style
        confidence = probabilities.max(axis=1)
        is_right = probabilities.argmax(axis=1) == actual.astype(int)
        edges = np.unique(np.quantile(confidence, np.linspace(0, 1, 11)))
        last = max(len(edges) - 2, 0)
        bin_of_row = np.clip(np.searchsorted(edges, confidence, side="right") - 1, 0, last)
        bins = [bin_of_row == n for n in range(last + 1) if (bin_of_row == n).any()]
        x = np.array([confidence[rows].mean() for rows in bins])
        y = np.array([is_right[rows].mean() for rows in bins])
        ends = [
            wilson_interval(int(is_right[rows].sum()), int(rows.sum()), _BIN_CONFIDENCE)
            for rows in bins
        ]
        axis.plot(x, y, color=color, linestyle=line, marker=marker, markersize=4, label=name)
        axis.vlines(x, *np.array(ends).T, color=color, linewidth=1.3, alpha=0.5)
        lowest = min(lowest, float(x.min()), float(np.min(ends)))
    axis.set_xlim(max(0.0, lowest - 0.03), 1.02)
    axis.set_ylim(max(0.0, lowest - 0.03), 1.02)
    axis.set_xlabel("probability of the most probable class")
    axis.set_ylabel("share of rows where it was right")
    legend_above(axis, frame)
    return figure


def _sampled_rows(rows: int) -> np.ndarray:
    if rows <= _MAX_POINTS:
        return np.arange(rows)
    return np.random.default_rng(0).choice(rows, _MAX_POINTS, replace=False)
