"""From a table's columns to the numbers that expressions, features and models work on.

Categories become their position in ``allowed``, booleans 0 and 1, time stamps seconds since
1970-01-01 UTC, and what is missing NaN: the same in training and in serving.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from homestead.problem.contract import Contract
from homestead.problem.expressions import Expression
from homestead.problem.parts import Column
from homestead.problem.schema import Problem


def encode_column(values: pd.Series, column: Column) -> np.ndarray:
    """One column as numbers: shape (rows,), float64. Numbers are taken as they are."""
    if column.type == "timestamp" and not pd.api.types.is_numeric_dtype(values):
        moments = pd.to_datetime(values, utc=True, format="ISO8601")
        seconds = (moments - pd.Timestamp(0, tz="UTC")).dt.total_seconds()
        return seconds.to_numpy(dtype=float)
    if column.type == "category" and not pd.api.types.is_numeric_dtype(values):
        codes = pd.Categorical(values, categories=column.allowed).codes.astype(float)
        return np.where(codes < 0, np.nan, codes)
    return values.astype("Float64").to_numpy(dtype=float, na_value=np.nan)


def encode_columns(frame: pd.DataFrame, problem: Problem) -> dict[str, np.ndarray]:
    """Every column of the frame that the problem knows, the target too, as numbers."""
    return _numbers(frame, problem.columns, problem.derived)


def _numbers(
    frame: pd.DataFrame, columns: Mapping[str, Column], derived: Mapping[str, str]
) -> dict[str, np.ndarray]:
    """Columns, then what views added, then derived columns whose inputs are there."""
    numbers = {n: encode_column(frame[n], c) for n, c in columns.items() if n in frame}
    for name in frame.columns:
        if name not in columns and name not in derived and _is_number(frame[name]):
            numbers[name] = frame[name].to_numpy(dtype=float, na_value=np.nan)
    for name, text in derived.items():
        expression = Expression(text)
        if expression.names <= numbers.keys():
            numbers[name] = expression.columns(numbers)
    return numbers


def _is_number(values: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)


def add_derived_columns(frame: pd.DataFrame, problem: Problem) -> pd.DataFrame:
    """The frame with every derived column whose inputs it has, as float64."""
    numbers = encode_columns(frame, problem)
    return frame.assign(**{n: numbers[n] for n in problem.derived if n in numbers})


def feature_matrix(frame: pd.DataFrame, contract: Contract) -> np.ndarray:
    """The model's inputs.

    Returns:
        Array of shape (rows, features), float64, in the contract's order.

    Raises:
        KeyError: a feature that the frame neither holds nor gives the inputs of.
    """
    numbers = _numbers(frame, contract.columns, contract.derived)
    return np.column_stack([numbers[name] for name in contract.features])


def target_values(frame: pd.DataFrame, problem: Problem) -> np.ndarray:
    """The target, shape (rows,): float64 for a regression, int64 class codes otherwise."""
    values = encode_column(frame[problem.target], problem.columns[problem.target])
    return values if problem.task == "regression" else values.astype(np.int64)
