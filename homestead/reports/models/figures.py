"""Plots of predictions. Each function returns a new figure and changes no global state."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from homestead.problem.model_metrics.predictions import Predictions
from homestead.reports.plot_style import LABEL_SIZE, LEGEND_SIZE, LINE_COLOR, MODEL_COLORS, canvas

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

_MAX_POINTS = 5000  # of a scatter plot; more only make the file larger
_MAX_LABELLED_CLASSES = 12


def predicted_and_actual(
    actual: np.ndarray, models: Mapping[str, np.ndarray], unit: str, logarithmic: bool
) -> "Figure":
    """Draw predicted against actual values, one panel for each model.

    Args:
        actual: shape (rows,).
        models: predictions of shape (rows,) by the model's name, at most two.
        unit: suffix of the axes' labels.
        logarithmic: whether both axes are logarithmic, if no value is negative.
    """
    figure, axes = canvas(4.6 * len(models), 4.2, len(models))
    rows = _sampled_rows(len(actual))
    low = float(min(actual.min(), *(values.min() for values in models.values())))
    high = float(max(actual.max(), *(values.max() for values in models.values())))
    for axis, (name, predicted), color in zip(axes, models.items(), MODEL_COLORS, strict=False):
        axis.scatter(actual[rows], predicted[rows], s=5, alpha=0.35, color=color, linewidths=0)
        # A perfect prediction lies on this line.
        axis.plot([low, high], [low, high], color=LINE_COLOR, linewidth=1)
        if logarithmic and low > 0:
            axis.set_xscale("log")
            axis.set_yscale("log")
        else:
            _group_thousands(axis.xaxis)
            _group_thousands(axis.yaxis)
        axis.set_title(name, fontsize=10)
        axis.set_xlabel(f"actual{unit}", fontsize=LABEL_SIZE)
        axis.set_ylabel(f"predicted{unit}", fontsize=LABEL_SIZE)
    return figure


def residuals(
    actual: np.ndarray, models: Mapping[str, np.ndarray], unit: str, relative: bool
) -> "Figure":
    """Draw a histogram of the errors, and their spread in each tenth of the actual values.

    Args:
        actual: shape (rows,).
        models: predictions of shape (rows,) by the model's name, at most two.
        unit: suffix of the axes' labels.
        relative: whether errors are shown in percent of the actual value.
    """
    figure, (histogram, spread) = canvas(9.2, 3.6, 2)
    scale = np.abs(actual) / 100 if relative else np.ones_like(actual)
    label = "error in % of the actual value" if relative else f"error{unit}"
    errors = {
        name: (predicted - actual) / np.where(scale == 0, np.nan, scale)
        for name, predicted in models.items()
    }
    edge = float(np.nanpercentile(np.abs(np.concatenate(list(errors.values()))), 99)) or 1.0
    tenths = np.quantile(actual, np.linspace(0, 1, 11))
    tenth_of_row = np.clip(np.searchsorted(tenths, actual, side="right") - 1, 0, 9)
    for (name, error), color in zip(errors.items(), MODEL_COLORS, strict=False):
        histogram.hist(
            error,
            bins=np.linspace(-edge, edge, 61).tolist(),
            histtype="step",
            color=color,
            label=name,
        )
        _draw_spread(spread, error, tenth_of_row, color, name)
    histogram.axvline(0, color=LINE_COLOR, linewidth=1)
    histogram.set_xlabel(label, fontsize=LABEL_SIZE)
    histogram.set_ylabel("rows", fontsize=LABEL_SIZE)
    histogram.set_title("without the largest 1%", fontsize=LABEL_SIZE)
    histogram.legend(fontsize=LEGEND_SIZE, frameon=False)
    spread.axhline(0, color=LINE_COLOR, linewidth=1)
    spread.set_xlabel("tenth of the actual values, smallest first", fontsize=LABEL_SIZE)
    spread.set_ylabel(label, fontsize=LABEL_SIZE)
    spread.set_xticks(range(10), [str(number + 1) for number in range(10)])
    spread.set_title("median, and 10th to 90th percentile", fontsize=LABEL_SIZE)
    return figure


def _draw_spread(
    axis: "Axes", error: np.ndarray, tenth_of_row: np.ndarray, color: str, name: str
) -> None:
    tenths = [tenth for tenth in range(10) if (tenth_of_row == tenth).any()]
    percentiles = [np.nanpercentile(error[tenth_of_row == n], [10, 50, 90]) for n in tenths]
    low, median, high = np.array(percentiles).T
    axis.plot(tenths, median, color=color, marker="o", markersize=3, label=name)
    axis.fill_between(tenths, low, high, color=color, alpha=0.12, linewidth=0)


def confusion(
    actual: np.ndarray, models: Mapping[str, Predictions], classes: Sequence[str]
) -> "Figure":
    """Draw the share of each actual class that was predicted as each class, by model.

    Args:
        actual: class codes, shape (rows,).
        models: probabilities of shape (rows, classes) and labels by the model's name, at most two.
        classes: names, in the order of their codes.
    """
    figure, axes = canvas(4.6 * len(models), 4.0, len(models))
    codes = actual.astype(int)
    for axis, (name, answers) in zip(axes, models.items(), strict=False):
        counts = np.zeros((len(classes), len(classes)))
        np.add.at(counts, (codes, answers.codes), 1)
        shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        axis.imshow(shares, cmap="Greens", vmin=0, vmax=1)
        axis.grid(visible=False)
        if len(classes) <= _MAX_LABELLED_CLASSES:
            for row, column in np.ndindex(shares.shape):
                color = "white" if shares[row, column] > 0.6 else "#222222"
                text = f"{100 * shares[row, column]:.0f}%\n{counts[row, column]:.0f}"
                axis.text(column, row, text, ha="center", va="center", color=color, fontsize=8)
        axis.set_xticks(range(len(classes)), classes, rotation=45 if len(classes) > 4 else 0)
        axis.set_yticks(range(len(classes)), classes)
        axis.set_title(name, fontsize=10)
        axis.set_xlabel("predicted", fontsize=LABEL_SIZE)
        axis.set_ylabel("actual", fontsize=LABEL_SIZE)
    return figure


def calibration(actual: np.ndarray, models: Mapping[str, np.ndarray]) -> "Figure":
    """Draw how often the most probable class was right, by its predicted probability.

    Args:
        actual: class codes, shape (rows,).
        models: probabilities of shape (rows, classes) by the model's name, at most two.
    """
    figure, (axis,) = canvas(4.8, 4.0)
    axis.plot([0, 1], [0, 1], color=LINE_COLOR, linewidth=1)
    for (name, probabilities), color in zip(models.items(), MODEL_COLORS, strict=False):
        confidence = probabilities.max(axis=1)
        is_right = probabilities.argmax(axis=1) == actual.astype(int)
        edges = np.unique(np.quantile(confidence, np.linspace(0, 1, 11)))
        last = max(len(edges) - 2, 0)
        bin_of_row = np.clip(np.searchsorted(edges, confidence, side="right") - 1, 0, last)
        points = [
            (confidence[bin_of_row == n].mean(), is_right[bin_of_row == n].mean())
            for n in range(last + 1)
            if (bin_of_row == n).any()
        ]
        axis.plot(*np.array(points).T, color=color, marker="o", markersize=4, label=name)
    axis.set_xlabel("probability of the most probable class", fontsize=LABEL_SIZE)
    axis.set_ylabel("share of rows in which it was right", fontsize=LABEL_SIZE)
    axis.legend(fontsize=LEGEND_SIZE, frameon=False)
    return figure


def _sampled_rows(rows: int) -> np.ndarray:
    if rows <= _MAX_POINTS:
        return np.arange(rows)
    return np.random.default_rng(0).choice(rows, _MAX_POINTS, replace=False)


def _group_thousands(axis: "Axis") -> None:
    from matplotlib.ticker import StrMethodFormatter

    axis.set_major_formatter(StrMethodFormatter("{x:,g}"))
