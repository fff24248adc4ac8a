"""Plots of predictions: what the axes say, and that extreme inputs can be drawn."""

import numpy as np
import pytest

from homestead.problem.model_metrics.predictions import Predictions
from homestead.reports.charts import NARROW, WIDE
from homestead.reports.models import figures

ACTUAL = np.linspace(1, 100, 200)
MODELS = {"new model": ACTUAL * 1.1, "champion": ACTUAL * 0.8}


@pytest.mark.parametrize(("logarithmic", "scale"), [(True, "log"), (False, "linear")])
def test_each_model_has_a_panel_of_predicted_and_actual_values(
    logarithmic: bool, scale: str
) -> None:
    figure = figures.predicted_and_actual(WIDE, ACTUAL, MODELS, ", EUR", logarithmic)
    assert [axis.get_title() for axis in figure.axes] == ["new model", "champion"]
    assert {axis.get_xlabel() for axis in figure.axes} == {"actual, EUR"}
    assert {axis.get_xscale() for axis in figure.axes} == {scale}


def test_a_scatter_plot_is_sampled() -> None:
    actual = np.linspace(1, 2, 6000)
    figure = figures.predicted_and_actual(WIDE, actual, {"new model": actual}, "", False)
    assert np.shape(figure.axes[0].collections[0].get_offsets()) == (5000, 2)


def test_relative_errors_are_in_percent_of_the_actual_value() -> None:
    figure = figures.residuals(WIDE, ACTUAL, MODELS, ", EUR", relative=True)
    histogram, spread = figure.axes
    assert histogram.get_xlabel() == "error, % of the actual value\n(the largest 1% left out)"
    median = np.asarray(spread.lines[0].get_ydata(), dtype=float)
    np.testing.assert_allclose(median, 10)


def test_absolute_errors_of_a_single_row_can_be_drawn() -> None:
    one = np.array([-3.0])
    figure = figures.residuals(WIDE, one, {"new model": one}, ", EUR", relative=False)
    assert figure.axes[0].get_xlabel() == "error, EUR\n(the largest 1% left out)"


def test_the_confusion_matrix_gives_shares_and_counts() -> None:
    actual = np.array([0, 0, 0, 1])
    probabilities = np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.1, 0.9]])
    figure = figures.confusion(
        WIDE, actual, {"new model": Predictions(probabilities)}, ("stayed", "left")
    )
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert texts == ["67%\n2", "33%\n1", "0%\n0", "100%\n1"]


def test_calibration_draws_how_often_the_most_probable_class_was_right() -> None:
    actual = np.array([0, 0, 1, 1])
    certain = np.array([[1.0, 0.0]] * 4)
    figure = figures.calibration(WIDE, actual, {"new model": certain})
    (_, line) = figure.axes[0].lines
    assert np.asarray(line.get_xydata()).tolist() == [[1.0, 0.5]]


def test_lines_that_lie_on_each_other_are_told_apart() -> None:
    equal = {"new model": ACTUAL * 1.1, "champion": ACTUAL * 1.1}
    (_, spread) = figures.residuals(WIDE, ACTUAL, equal, ", EUR", relative=True).axes
    first, second = (line for line in spread.lines if line.get_marker() in ("o", "s"))
    assert first.get_linestyle() != second.get_linestyle()
    assert first.get_marker() != second.get_marker()


def test_in_a_narrow_frame_panels_are_below_each_other() -> None:
    figure = figures.predicted_and_actual(NARROW, ACTUAL, MODELS, ", EUR", False)
    figure.canvas.draw()
    first, second = (axis.get_position() for axis in figure.axes)
    assert second.y1 < first.y0
