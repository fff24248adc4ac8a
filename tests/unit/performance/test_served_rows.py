"""Served rows as metrics read them: probabilities, groups, and what is left out."""

import numpy as np
import pandas as pd
import pytest

from homestead.model.onnx_model import Model
from homestead.performance.served_rows import served_rows
from homestead.training.search import train_candidate
from tests.served import answered_frame, labelled_frame
from tests.target_problems import outcome_dataset, outcome_rows, target_problem

AT = np.full(50, 1_700_000_000.0)


@pytest.fixture(scope="module")
def three_classes() -> Model:
    """Return a model of three classes."""
    problem = target_problem("{type: category, allowed: [low, mid, high]}", metric="accuracy")
    rows = outcome_rows(300)
    y = pd.cut(rows.score, [-99, -0.6, 0.6, 99], labels=["low", "mid", "high"]).astype(str)
    return Model(train_candidate("logistic", outcome_dataset(problem, rows, y), problem).onnx)


def test_all_probabilities_of_several_classes_come_from_the_logged_inputs(
    three_classes: Model,
) -> None:
    X = np.random.default_rng(0).normal(size=(50, 2))
    frame = answered_frame(three_classes, X, AT)
    rows = served_rows(frame, three_classes.contract, three_classes)
    assert rows.has_probabilities
    np.testing.assert_array_equal(rows.predictions.values, three_classes.predict(X))
    hidden = frame.assign(features=frame["features"].map(lambda f: {**f, "a": "5eb1"}))
    for unreadable, model in ((hidden, three_classes), (frame, None)):
        rows = served_rows(unreadable, three_classes.contract, model)
        assert not rows.has_probabilities
        answered = rows.predictions.values[np.arange(50), rows.predictions.codes]
        np.testing.assert_array_equal(answered, frame["prediction"])
        np.testing.assert_allclose(rows.predictions.values.sum(axis=1), 1)


def test_labels_that_the_model_does_not_know_and_empty_predictions_are_left_out(
    three_classes: Model,
) -> None:
    X = np.random.default_rng(1).normal(size=(50, 2))
    frame = labelled_frame(answered_frame(three_classes, X, AT), ["low"] * 48 + ["huge", "mid"])
    frame.loc[49, "prediction"] = np.nan
    rows = served_rows(frame, three_classes.contract, three_classes)
    assert len(rows) == 48
    assert rows.y is not None
    assert set(rows.y) == {three_classes.contract.classes.index("low")}


def test_rows_of_an_entity_and_day_are_one_group(three_classes: Model) -> None:
    at = 1_700_000_000.0 + np.array([0, 60, 86_400, 0, 0, 0])
    entities = ["7", "7", "7", "8", None, None]
    frame = answered_frame(three_classes, np.zeros((6, 2)), at, entities)
    rows = served_rows(frame, three_classes.contract, three_classes)
    assert rows.groups.tolist() == [0, 0, 1, 2, 3, 4]
    assert rows.group_count == 5
    some = rows.rows(np.array([False, False, True, True, True, False]))
    assert some.groups.tolist() == [0, 1, 2]
    assert len(some.features) == 3
    empty = served_rows(frame.head(0), three_classes.contract, three_classes)
    assert len(empty) == empty.group_count == 0
