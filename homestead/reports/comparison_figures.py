"""Plots of a comparison. Each function returns a figure of its own and touches no global state."""

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WINNER, CHAMPION, QUIET = "#0b6e4f", "#b4632b", "#8a94a0"
_SHOWN = 5000  # points of a scatter plot; more only make the file larger


def canvas(width: float, height: float, columns: int = 1) -> "tuple[Figure, list[Axes]]":
    """A figure in inches with ``columns`` plain axes side by side."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    axes = list(np.atleast_1d(figure.subplots(1, columns)).flat)
    for axis in axes:
        axis.spines[["top", "right"]].set_visible(False)
        axis.grid(color="#e6e9ec", linewidth=0.8)
        axis.set_axisbelow(True)
        axis.tick_params(labelsize=8)
    return figure, axes


def predicted_and_actual(
    actual: np.ndarray, models: dict[str, np.ndarray], unit: str, log: bool
) -> "Figure":
    """Predicted against actual values, one panel a model; the line is a perfect prediction.

    Args:
        actual: shape (rows,).
        models: predictions of shape (rows,) by the model's name, at most two.
    """
    figure, axes = canvas(4.6 * len(models), 4.2, len(models))
    keep = _spread(len(actual))
    low = float(min(actual.min(), *(m.min() for m in models.values())))
    high = float(max(actual.max(), *(m.max() for m in models.values())))
    for axis, (name, predicted), colour in zip(
        axes, models.items(), (WINNER, CHAMPION), strict=False
    ):
        axis.scatter(actual[keep], predicted[keep], s=5, alpha=0.35, color=colour, linewidths=0)
        axis.plot([low, high], [low, high], color="#333333", linewidth=1)
        if log and low > 0:
            axis.set_xscale("log")
            axis.set_yscale("log")
        else:
            _thousands(axis.xaxis)
            _thousands(axis.yaxis)
        axis.set_title(name, fontsize=10)
        axis.set_xlabel(f"actual{unit}", fontsize=9)
        axis.set_ylabel(f"predicted{unit}", fontsize=9)
    return figure


def residuals(
    actual: np.ndarray, models: dict[str, np.ndarray], unit: str, relative: bool
) -> "Figure":
    """Histogram of errors, and their spread over tenths of the actual value.

    Args:
        actual: shape (rows,).
        models: predictions of shape (rows,) by the model's name, at most two.
        relative: show errors as a share of the actual value.
    """
    figure, (left, right) = canvas(9.2, 3.6, 2)
    scale = np.abs(actual) / 100 if relative else np.ones_like(actual)
    name = "error in % of the actual value" if relative else f"error{unit}"
    errors = {m: (p - actual) / np.where(scale == 0, np.nan, scale) for m, p in models.items()}
    edge = float(np.nanpercentile(np.abs(np.concatenate(list(errors.values()))), 99)) or 1.0
    tenths = np.quantile(actual, np.linspace(0, 1, 11))
    which = np.clip(np.searchsorted(tenths, actual, side="right") - 1, 0, 9)
    for (label, error), colour in zip(errors.items(), (WINNER, CHAMPION), strict=False):
        left.hist(
            error,
            bins=np.linspace(-edge, edge, 61).tolist(),
            histtype="step",
            color=colour,
            label=label,
        )
        at = [tenth for tenth in range(10) if (which == tenth).any()]
        spread = [np.nanpercentile(error[which == tenth], [10, 50, 90]) for tenth in at]
        low, middle, high = np.array(spread).T
        right.plot(at, middle, color=colour, marker="o", markersize=3, label=label)
        right.fill_between(at, low, high, color=colour, alpha=0.12, linewidth=0)
    left.axvline(0, color="#333333", linewidth=1)
    left.set_xlabel(name, fontsize=9)
    left.set_ylabel("rows", fontsize=9)
    left.set_title("all but the 1% largest", fontsize=9)
    left.legend(fontsize=8, frameon=False)
    right.axhline(0, color="#333333", linewidth=1)
    right.set_xlabel("tenth of the actual value, smallest first", fontsize=9)
    right.set_ylabel(name, fontsize=9)
    right.set_xticks(range(10), [str(n + 1) for n in range(10)])
    right.set_title("median, and 10th to 90th percentile", fontsize=9)
    return figure


def confusion(
    actual: np.ndarray, models: dict[str, np.ndarray], classes: tuple[str, ...]
) -> "Figure":
    """Share of each actual class that was called each class, one panel a model.

    Args:
        actual: class codes, shape (rows,).
        models: probabilities of shape (rows, classes) by the model's name, at most two.
    """
    figure, axes = canvas(4.6 * len(models), 4.0, len(models))
    codes = actual.astype(int)
    for axis, (name, probabilities) in zip(axes, models.items(), strict=False):
        counts = np.zeros((len(classes), len(classes)))
        np.add.at(counts, (codes, probabilities.argmax(axis=1)), 1)
        shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        axis.imshow(shares, cmap="Greens", vmin=0, vmax=1)
        axis.grid(visible=False)
        if len(classes) <= 12:
            for row, column in np.ndindex(shares.shape):
                colour = "white" if shares[row, column] > 0.6 else "#222222"
                text = f"{100 * shares[row, column]:.0f}%\n{counts[row, column]:.0f}"
                axis.text(column, row, text, ha="center", va="center", color=colour, fontsize=8)
        axis.set_xticks(range(len(classes)), classes, rotation=45 if len(classes) > 4 else 0)
        axis.set_yticks(range(len(classes)), classes)
        axis.set_title(name, fontsize=10)
        axis.set_xlabel("predicted", fontsize=9)
        axis.set_ylabel("actual", fontsize=9)
    return figure


def calibration(actual: np.ndarray, models: dict[str, np.ndarray]) -> "Figure":
    """How often the likeliest class was right, by the probability it was given.

    Args:
        actual: class codes, shape (rows,).
        models: probabilities of shape (rows, classes) by the model's name, at most two.
    """
    figure, (axis,) = canvas(4.8, 4.0)
    axis.plot([0, 1], [0, 1], color="#333333", linewidth=1)
    for (name, probabilities), colour in zip(models.items(), (WINNER, CHAMPION), strict=False):
        sure = probabilities.max(axis=1)
        right = probabilities.argmax(axis=1) == actual.astype(int)
        edges = np.unique(np.quantile(sure, np.linspace(0, 1, 11)))
        which = np.clip(np.searchsorted(edges, sure, side="right") - 1, 0, max(len(edges) - 2, 0))
        points = [
            (sure[which == n].mean(), right[which == n].mean())
            for n in range(max(len(edges) - 1, 1))
            if (which == n).any()
        ]
        axis.plot(*np.array(points).T, color=colour, marker="o", markersize=4, label=name)
    axis.set_xlabel("probability given to the likeliest class", fontsize=9)
    axis.set_ylabel("share of rows in which it was right", fontsize=9)
    axis.legend(fontsize=8, frameon=False)
    return figure


def bars(values: dict[str, float], label: str) -> "Figure":
    """Horizontal bars, largest on top, at most 25."""
    from matplotlib.ticker import FuncFormatter

    shown = sorted(values.items(), key=lambda item: abs(item[1]))[-25:]
    figure, (axis,) = canvas(7.4, 0.8 + 0.26 * len(shown))
    axis.barh([name for name, _ in shown], [value for _, value in shown], color=WINNER, height=0.7)
    axis.grid(visible=False, axis="y")
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.12g}"))
    axis.set_xlabel(label, fontsize=9)
    return figure


def slice_dots(slices: list[dict[str, Any]], label: str, percent: bool) -> "Figure":
    """The metric of winner and champion in each slice; hollow where the slice is not judged."""
    from matplotlib.ticker import PercentFormatter

    figure, (axis,) = canvas(8.4, 0.9 + 0.25 * len(slices))
    for place, part in enumerate(reversed(slices)):
        judged = part.get("judged", True) or part.get("champion") is None
        if part.get("champion") is not None:
            axis.plot(
                [part["champion"], part["winner"]], [place, place], color=QUIET, linewidth=1.2
            )
        for model, colour in (("champion", CHAMPION), ("winner", WINNER)):
            if part.get(model) is not None:
                face = colour if judged else "white"
                axis.scatter(part[model], place, s=26, color=face, edgecolors=colour, zorder=3)
    names = [f"{part['column']} = {part['value']}" for part in reversed(slices)]
    axis.set_yticks(range(len(names)), names)
    if percent:
        axis.xaxis.set_major_formatter(PercentFormatter(1))
    axis.set_xlabel(label, fontsize=9)
    for model, colour in (("new model", WINNER), ("champion", CHAMPION)):
        axis.scatter([], [], s=26, color=colour, label=model)
    if any(part.get("champion") is not None for part in slices):
        axis.legend(fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    return figure


def _spread(rows: int) -> np.ndarray:
    if rows <= _SHOWN:
        return np.arange(rows)
    return np.random.default_rng(0).choice(rows, _SHOWN, replace=False)


def _thousands(axis: Any) -> None:
    from matplotlib.ticker import StrMethodFormatter

    axis.set_major_formatter(StrMethodFormatter("{x:,g}"))
