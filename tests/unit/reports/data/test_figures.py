"""Plots of a table: calendar steps, splits on top of each other, logarithmic axes."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle, StepPatch

from homestead.reports.charts import WIDE
from homestead.reports.data import figures


def bars_of(figure: Figure) -> list[Rectangle]:
    (axis,) = figure.axes
    return [patch for patch in axis.patches if isinstance(patch, Rectangle)]


def heights_of(figure: Figure) -> list[float]:
    """Return the heights of the steps of outlines, those on top of others counted from there."""
    (axis,) = figure.axes
    heights: list[float] = []
    for patch in axis.patches:
        if isinstance(patch, StepPatch):
            tops, _, baseline = patch.get_data()
            heights += (tops - np.asarray(baseline)).tolist()
    return heights


@pytest.mark.parametrize(
    ("days", "bars"),
    [(10, 10), (365, 53), (1460, 48)],
    ids=["days", "weeks", "months"],
)
def test_bars_over_time_span_days_weeks_or_months(days: int, bars: int) -> None:
    moments = pd.Series(pd.date_range("2023-01-01", periods=days, freq="D"))
    rows = figures.rows_over_time(moments, pd.Series("train", index=moments.index))
    heights = heights_of(figures.over_time(WIDE, rows))
    assert len(heights) == bars
    assert sum(heights) == days


def test_only_splits_with_rows_are_in_the_legend() -> None:
    moments = pd.Series(pd.date_range("2023-01-01", periods=4, freq="D"))
    splits = pd.Series(["train", "train", "holdout", "holdout"])
    figure = figures.over_time(WIDE, figures.rows_over_time(moments, splits))
    legend = figure.axes[0].get_legend()
    assert legend is not None
    assert sum(heights_of(figure)) == len(moments)
    assert [text.get_text() for text in legend.get_texts()] == ["train", "holdout"]


@pytest.mark.parametrize(
    ("values", "scale"), [([1.0, 10.0, 100.0], "log"), ([-1.0, 10.0, 100.0], "linear")]
)
def test_a_wide_positive_distribution_is_logarithmic(values: list[float], scale: str) -> None:
    rows = figures.count_values(pd.Series(values))
    figure = figures.distribution(WIDE, rows, "rent, EUR")
    (axis,) = figure.axes
    assert axis.get_xscale() == scale
    assert axis.get_xlabel() == "rent, EUR"
    assert axis.lines[0].get_label() == "median 10"


def test_equal_values_have_a_distribution() -> None:
    rows = figures.count_values(pd.Series([5.0, 5.0]))
    assert sum(heights_of(figures.distribution(WIDE, rows, "rent"))) == 2


def test_a_class_without_rows_is_drawn() -> None:
    figure = figures.class_counts(WIDE, pd.Series(["a", "a", "b"]), ("a", "b", "c"), "outcome")
    assert [bar.get_width() for bar in bars_of(figure)] == [2, 1, 0]
