"""Plots of a table: calendar steps, logarithmic axes, one panel for each column."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from homestead.problem.schema import Problem
from homestead.reports.charts import WIDE
from homestead.reports.data import figures


def bars_of(figure: Figure) -> list[Rectangle]:
    (axis,) = figure.axes
    return [patch for patch in axis.patches if isinstance(patch, Rectangle)]


@pytest.mark.parametrize(
    ("days", "bars"),
    [(10, 10), (365, 53), (1460, 48)],
    ids=["days", "weeks", "months"],
)
def test_bars_over_time_span_days_weeks_or_months(days: int, bars: int) -> None:
    moments = pd.Series(pd.date_range("2023-01-01", periods=days, freq="D"))
    figure = figures.over_time(WIDE, moments, pd.Series("train", index=moments.index))
    assert len(bars_of(figure)) == bars
    assert sum(bar.get_height() for bar in bars_of(figure)) == days


def test_only_splits_with_rows_are_in_the_legend() -> None:
    moments = pd.Series(pd.date_range("2023-01-01", periods=4, freq="D"))
    splits = pd.Series(["train", "train", "holdout", "holdout"])
    legend = figures.over_time(WIDE, moments, splits).axes[0].get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["train", "holdout"]


@pytest.mark.parametrize(
    ("values", "scale"), [([1.0, 10.0, 100.0], "log"), ([-1.0, 10.0, 100.0], "linear")]
)
def test_a_wide_positive_distribution_is_logarithmic(values: list[float], scale: str) -> None:
    figure = figures.distribution(WIDE, pd.Series(values), "rent, EUR")
    (axis,) = figure.axes
    assert axis.get_xscale() == scale
    assert axis.get_xlabel() == "rent, EUR"
    assert axis.lines[0].get_label() == "median 10"


def test_equal_values_have_a_distribution() -> None:
    figure = figures.distribution(WIDE, pd.Series([5.0, 5.0]), "rent")
    assert sum(bar.get_height() for bar in bars_of(figure)) == 2


def test_a_class_without_rows_is_drawn() -> None:
    figure = figures.class_counts(WIDE, pd.Series(["a", "a", "b"]), ("a", "b", "c"), "outcome")
    assert [bar.get_width() for bar in bars_of(figure)] == [2, 1, 0]


def test_each_column_but_key_time_and_target_has_a_panel(churn: Problem) -> None:
    rows = 50
    numbers = {name: np.arange(rows, dtype=float) % 2 for name in churn.columns}
    numbers["satisfaction"] = np.full(rows, np.nan)
    bins = {n: figures.column_bins(values, churn.columns[n]) for n, values in numbers.items()}
    figure = figures.histograms(WIDE, bins, churn)
    titles = [axis.get_title() for axis in figure.axes if axis.axison]
    assert [title.split(",")[0] for title in titles] == [
        "plan",
        "months",
        "satisfaction",
        "region",
        "paperless",
    ]


def test_a_column_is_counted_between_its_extremes(churn: Problem) -> None:
    # One value far away does not squeeze the others into one bar, and is counted in the last one.
    column = churn.columns["months"]
    values = np.append(np.arange(10_000.0) % 30, [1e9, np.nan])
    bins = figures.column_bins(values, column)
    assert bins is not None
    assert bins.counts.sum() == 10_001
    assert isinstance(bins.edges, np.ndarray)
    assert bins.edges[-1] < 100
    assert figures.column_bins(np.full(3, np.nan), column) is None
