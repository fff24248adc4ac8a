"""Plots of predictions: what the axes say, and that extreme inputs can be drawn."""

import numpy as np
import pytest

from homestead.problem.model_metrics.predictions import Predictions
from homestead.reports.models import figures

ACTUAL = np.linspace(1, 100, 200)
MODELS = {"new model": ACTUAL * 1.1, "champion": ACTUAL * 0.8}


@pytest.mark.parametrize(("logarithmic", "scale"), [(True, "log"), (False, "linear")])
def test_each_model_has_a_panel_of_predicted_and_actual_values(
    logarithmic: bool, scale: str
) -> None:
    figure = figures.predicted_and_actual(ACTUAL, MODELS, ", EUR", logarithmic)
    assert [axis.get_title() for axis in figure.axes] == ["new model", "champion"]
    assert {axis.get_xlabel() for axis in figure.axes} == {"actual, EUR"}
    assert {axis.get_xscale() for axis in figure.axes} == {scale}


def test_a_scatter_plot_is_sampled() -> None:
    actual = np.linspace(1, 2, 6000)
    figure = figures.predicted_and_actual(actual, {"new model": actual}, "", False)
    assert np.shape(figure.axes[0].collections[0].get_offsets()) == (5000, 2)


def test_relative_errors_are_in_percent_of_the_actual_value() -> None:
    figure = figures.residuals(ACTUAL, MODELS, ", EUR", relative=True)
    histogram, spread = figure.axes
    assert histogram.get_xlabel() == "error in % of the actual value"
    median = np.asarray(spread.lines[0].get_ydata(), dtype=float)
    np.testing.assert_allclose(median, 10)


def test_absolute_errors_of_a_single_row_can_be_drawn() -> None:
    one = np.array([-3.0])
    figure = figures.residuals(one, {"new model": one}, ", EUR", relative=False)
    assert figure.axes[0].get_xlabel() == "error, EUR"


def test_the_confusion_matrix_gives_shares_and_counts() -> None:
    actual = np.array([0, 0, 0, 1])
    probabilities = np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.1, 0.9]])
    figure = figures.confusion(
        actual, {"new model": Predictions(probabilities)}, ("stayed", "left")
    )
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert texts == ["67%\n2", "33%\n1", "0%\n0", "100%\n1"]


def test_calibration_draws_how_often_the_most_probable_class_was_right() -> None:
    actual = np.array([0, 0, 1, 1])
    certain = np.array([[1.0, 0.0]] * 4)
    figure = figures.calibration(actual, {"new model": certain})
    (_, line) = figure.axes[0].lines
    assert np.asarray(line.get_xydata()).tolist() == [[1.0, 0.5]]
