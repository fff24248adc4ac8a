"""Predictions of a model for the problem as it is now, read by the model's own contract.

A problem file changes between trainings: classes and categories are listed in another order, a
column gets another type or unit. A champion of an earlier file encodes inputs by its own contract,
and its classes are matched by name. What cannot be matched cannot be compared.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from homestead.model.onnx_model import Model
from homestead.problem.contract import Contract
from homestead.problem.encoding import feature_matrix
from homestead.problem.expressions.expression import Expression
from homestead.problem.schema import Problem

_NUMBERS = ("integer", "number")


class NotComparableError(Exception):
    """A model that cannot be scored on the problem's rows; the text says why."""


def predict_rows(model: Model, rows: pd.DataFrame, problem: Problem) -> np.ndarray:
    """Predict rows of the training set, whatever the problem was when the model was trained.

    A value of a category that the model does not know counts as missing for it.

    Returns:
        Regression: shape (rows,). Classification: probabilities of shape (rows, classes), in the
        order of the problem's classes.

    Raises:
        NotComparableError: the model is for another task, target or set of classes, or one of its
            inputs is gone or has another type or unit.
    """
    contract = model.contract
    for difference in _differences(contract, problem):
        raise NotComparableError(difference)
    try:
        matrix = feature_matrix(rows, contract)
    except KeyError as missing:
        raise NotComparableError(f"it needs {missing}, which the data no longer hold") from None
    predictions = model.predict(matrix)
    if problem.task == "regression":
        return predictions
    return predictions[:, [contract.classes.index(label) for label in problem.classes]]


def answered_codes(model: Model, predictions: np.ndarray, problem: Problem) -> np.ndarray | None:
    """Return the classes that a model answers, as the problem's codes, (rows,).

    None where that is the most probable class, and for a regression.

    Args:
        predictions: from :func:`predict_rows`.
    """
    contract = model.contract
    if contract.decision is None:
        return None
    back = [problem.classes.index(label) for label in contract.classes]
    return np.asarray(np.array(back)[contract.decision.codes(predictions[:, back])])


def _differences(contract: Contract, problem: Problem) -> Iterator[str]:
    """Yield why the predictions of a model would mean something else than the problem's."""
    if contract.task != problem.task:
        yield f"it is for a {contract.task}, the problem is now a {problem.task}"
    if contract.target != problem.target:
        yield f"it predicts {contract.target}, the target is now {problem.target}"
    known, wanted = contract.classes, problem.classes
    if set(known) != set(wanted):
        yield f"it knows the classes {', '.join(known)}; the problem has {', '.join(wanted)}"
    unit = problem.columns[problem.target].unit
    if contract.target_unit and unit and contract.target_unit != unit:
        yield f"it predicts {problem.target} in {contract.target_unit}, the unit is now {unit}"
    for name in sorted(_columns_read(contract)):
        yield from _column_differences(name, contract, problem)


def _column_differences(name: str, contract: Contract, problem: Problem) -> Iterator[str]:
    then, now = contract.columns[name], problem.columns.get(name)
    if now is None and name not in _computed_names(problem):
        return  # gone
    # Views and expressions yield numbers.
    now_type = "number" if now is None else now.type
    if now_type != then.type and not (now_type in _NUMBERS and then.type in _NUMBERS):
        yield f"it reads {name} as {then.type}, the type is now {now_type}"
    elif now is not None and then.unit and now.unit and then.unit != now.unit:
        yield f"it reads {name} in {then.unit}, the unit is now {now.unit}"


def _computed_names(problem: Problem) -> set[str]:
    return {*problem.derived, *(name for view in problem.views.values() for name in view.computed)}


def _columns_read(contract: Contract) -> set[str]:
    """Return the source's columns that the model's inputs are, or are derived from."""
    columns: set[str] = set()
    pending = list(contract.features)
    while pending:
        name = pending.pop()
        if name in contract.derived:
            pending += Expression(contract.derived[name]).names
        elif name in contract.columns:
            columns.add(name)
    return columns
