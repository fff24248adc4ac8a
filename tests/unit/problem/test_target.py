"""Targets of a classification: text, booleans and integers, and the positive class."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from homestead.data.training_needs import unmet_needs
from homestead.errors import UserError
from homestead.evaluation.baseline import baseline_predictions
from homestead.evaluation.gate import evaluate_candidate
from homestead.evaluation.holdout_figures import holdout_figures
from homestead.model.onnx_model import Model
from homestead.problem.encoding import class_labels, target_values
from homestead.problem.loader import dump_problem, parse_problem
from homestead.problem.target import class_label
from homestead.training.search import train_candidate
from tests.target_problems import outcome_dataset, outcome_rows, target_problem

POSITIVE = outcome_rows()["score"].to_numpy() > 0.5
# How a file describes the target, how a table writes it, and its classes.
TARGETS: list[tuple[str, Any, tuple[str, str]]] = [
    ("{type: boolean}", POSITIVE, ("false", "true")),
    ("{type: boolean}", np.where(POSITIVE, "Yes", "No"), ("false", "true")),
    ("{type: boolean}", POSITIVE.astype(int), ("false", "true")),
    ("{type: integer, allowed: [0, 1]}", POSITIVE.astype(int), ("0", "1")),
    ("{type: integer, allowed: [0, 1]}", POSITIVE.astype(float), ("0", "1")),
    ("{type: category, allowed: [no, yes]}", np.where(POSITIVE, "yes", "no"), ("no", "yes")),
    ("{type: category, allowed: [0, 1]}", POSITIVE.astype(int), ("0", "1")),
    ("{type: category, allowed: [NO, 1e3]}", np.where(POSITIVE, "1e3", "NO"), ("NO", "1e3")),
]


@pytest.mark.parametrize(("target", "y", "classes"), TARGETS)
def test_a_target_is_trained_on_in_the_form_that_its_table_has(
    target: str, y: Any, classes: tuple[str, str]
) -> None:
    problem = target_problem(target)
    assert problem.classes == classes
    assert parse_problem(dump_problem(problem)).classes == classes
    dataset = outcome_dataset(problem, outcome_rows(), y)
    assert list(unmet_needs(dataset, problem)) == []
    np.testing.assert_array_equal(target_values(dataset, problem), POSITIVE)
    winner = Model(train_candidate("logistic", dataset, problem).onnx)
    assert winner.contract.classes == classes
    holdout = dataset[dataset["split"] == "holdout"].reset_index(drop=True)
    baseline = baseline_predictions(dataset, problem)
    known = dataset["split"] != "holdout"
    assert baseline[0, 1] == pytest.approx(POSITIVE[known].mean())
    evaluation = evaluate_candidate(
        winner, None, holdout, problem, data_hash="d", baseline=baseline
    )
    assert evaluation.certificate.decision == "promote"
    confusion = holdout_figures(evaluation, problem).confusion
    assert confusion is not None
    assert confusion.classes == classes
    assert np.diag(confusion.counts).sum() > 0.7 * len(holdout)


@pytest.mark.parametrize(
    ("target", "positive", "classes"),
    [
        ("{type: category, allowed: [yes, no]}", "yes", ("no", "yes")),
        ("{type: boolean}", False, ("true", "false")),
        ("{type: boolean}", "no", ("true", "false")),
        ("{type: integer, allowed: [1, 0]}", 1, ("0", "1")),
    ],
)
def test_the_positive_class_is_the_last(
    target: str, positive: Any, classes: tuple[str, str]
) -> None:
    problem = target_problem(target, positive=positive)
    assert problem.classes == classes
    assert parse_problem(dump_problem(problem)).classes == classes


@pytest.mark.parametrize(
    ("target", "changes", "message"),
    [
        ("{type: category, allowed: [a, b]}", {"positive": "c"}, "positive: found 'c', allowed"),
        ("{type: category, allowed: [a, b, c]}", {"positive": "c"}, "only one of two classes"),
        ("{type: number}", {}, "target: column y is of type number, allowed for a classification"),
        ("{type: integer, allowed: [low]}", {}, "'allowed' of an integer are whole numbers"),
        ("{type: integer, allowed: [01]}", {}, "whole numbers, found '01'"),
        ("{type: integer, allowed: [1]}", {}, "needs at least two classes"),
    ],
)
def test_a_target_that_cannot_be_is_refused_with_its_key(
    target: str, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(UserError, match=message):
        target_problem(target, **changes)


def test_a_class_that_the_problem_does_not_list_is_named() -> None:
    problem = target_problem("{type: integer, allowed: [0, 1]}")
    with pytest.raises(UserError, match="found 2 in 2 rows, known are 0, 1"):
        target_values(pd.DataFrame({"y": [0, 2, 2]}), problem)


def test_labels_are_text_whatever_the_column_holds() -> None:
    assert class_labels(pd.Series([True, False])).tolist() == ["true", "false"]
    assert class_labels(pd.Series([1, 0])).tolist() == ["1", "0"]
    assert class_labels(pd.Series(["a", "b"], dtype="string")).tolist() == ["a", "b"]


@pytest.mark.parametrize(
    ("value", "classes", "label"),
    [
        (True, ("false", "true"), "true"),
        (0, ("false", "true"), "false"),
        ("Yes", ("false", "true"), "true"),
        (1.0, ("0", "1"), "1"),
        (False, ("0", "1"), "0"),
        (True, ("No", "Yes"), "Yes"),
        ("1", ("1", "0", "2"), "1"),
        (True, ("1", "0", "2"), True),
        ("maybe", ("No", "Yes"), "maybe"),
        (None, ("No", "Yes"), None),
        ([1], ("0", "1"), [1]),
    ],
)
def test_a_value_names_a_class_in_another_form(
    value: Any, classes: tuple[str, ...], label: Any
) -> None:
    assert class_label(value, classes) is label or class_label(value, classes) == label
