"""From a table's columns to the numbers that expressions, features and models use.

Categories become their position in ``allowed``, booleans 0 and 1, time stamps seconds since
1970-01-01 UTC, and missing values NaN: the same in training and in serving. Texts, and categories
whose values are not learnt yet, have no numbers; expressions compare them by a hash.
"""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from homestead.errors import UserError
from homestead.problem.contract import Contract
from homestead.problem.expressions.expression import Expression
from homestead.problem.expressions.text_codes import compile_derived
from homestead.problem.schema import Problem
from homestead.problem.sections.column import Column
from homestead.problem.values.categories import stored_category
from homestead.problem.values.listing import list_values


def encode_column(values: pd.Series, column: Column) -> np.ndarray:
    """Return one column as numbers, shape (rows,), float64; numbers are left as they are."""
    if column.type == "timestamp" and not pd.api.types.is_numeric_dtype(values):
        times = pd.to_datetime(values, utc=True, format="ISO8601")
        seconds = (times - pd.Timestamp(0, tz="UTC")).dt.total_seconds()
        return seconds.to_numpy(dtype=float)
    if column.type == "category" and not pd.api.types.is_numeric_dtype(values):
        codes = pd.Categorical(values, categories=column.allowed).codes.astype(float)
        codes[codes < 0] = np.nan
        codes[np.isnan(codes) & values.notna().to_numpy()] = column.unseen_code
        return codes
    return values.astype("Float64").to_numpy(dtype=float, na_value=np.nan)


def encode_stored(values: pd.Series, column: Column) -> np.ndarray:
    """Return one column as feature views store it, shape (rows,), float64.

    The same numbers as :func:`encode_column`, except for open categories, whose codes depend on
    what a model has learnt.
    """
    if not column.is_open:
        return encode_column(values, column)
    return _hashes(values)


def encode_compared(
    frame: pd.DataFrame, columns: Mapping[str, Column], expressions: Iterable[Expression]
) -> dict[str, np.ndarray]:
    """Return what expressions read of columns without numbers, which they compare with texts.

    Returns:
        By column an array of shape (rows,), float64.
    """
    names = {compared.column for expression in expressions for compared in expression.texts}
    return {
        name: _hashes(frame[name])
        for name in names
        if name in frame and not columns[name].has_numbers
    }


def _hashes(values: pd.Series) -> np.ndarray:
    positions, texts = pd.factorize(values)
    stored = np.array([*(stored_category(str(text)) for text in texts), np.nan])
    return stored[positions]  # -1, a missing value, is the last


def encode_columns(frame: pd.DataFrame, problem: Problem) -> dict[str, np.ndarray]:
    """Return every column of the frame that has numbers, the target too.

    Derived columns are computed anew where the frame has their inputs.

    Returns:
        By column an array of shape (rows,), float64.
    """
    return _encode(frame, problem.columns, problem.derived)


def _encode(
    frame: pd.DataFrame, columns: Mapping[str, Column], derived: Mapping[str, str]
) -> dict[str, np.ndarray]:
    """Encode the source's columns, then those of views, then derived ones with their inputs."""
    numbers = {
        name: encode_column(frame[name], column)
        for name, column in columns.items()
        if name in frame and column.has_numbers
    }
    for name in frame.columns:
        if name not in columns and name not in derived and _is_number(frame[name]):
            numbers[name] = frame[name].to_numpy(dtype=float, na_value=np.nan)
    expressions = compile_derived(derived, columns)
    inputs = numbers | encode_compared(frame, columns, expressions.values())
    for name, expression in expressions.items():
        if expression.names <= inputs.keys():
            inputs[name] = numbers[name] = expression.evaluate_columns(inputs)
    return numbers


def _is_number(values: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)


def add_derived_columns(frame: pd.DataFrame, problem: Problem) -> pd.DataFrame:
    """Return the frame with every derived column whose inputs it has, as float64."""
    numbers = encode_columns(frame, problem)
    return frame.assign(**{name: numbers[name] for name in problem.derived if name in numbers})


def feature_matrix(frame: pd.DataFrame, contract: Contract) -> np.ndarray:
    """Return the model's inputs.

    Each column is encoded into its place, so that beside the frame and the matrix there are only
    the columns that expressions read.

    Returns:
        Array of shape (rows, features), float64, in the contract's order.

    Raises:
        KeyError: a feature that is neither in the frame nor derived from columns in it.
    """
    read = needed_columns(contract.features, contract.derived)
    derived = {name: text for name, text in contract.derived.items() if name in read}
    expressions = compile_derived(derived, contract.columns)
    # Kept contiguous: NumPy's functions may round strided columns another way.
    inputs = encode_compared(frame, contract.columns, expressions.values())
    read_by_expressions = {name for expression in expressions.values() for name in expression.names}
    places = {name: place for place, name in enumerate(contract.features)}
    X = np.empty((len(frame), len(places)))
    missing = set(places)

    def keep(name: str, values: np.ndarray) -> None:
        if name in read_by_expressions:
            inputs[name] = values
        if name in places:
            X[:, places[name]] = values
            missing.discard(name)

    for name in frame.columns.intersection(list(read), sort=False):
        column = contract.columns.get(name)
        if column is not None:
            if column.has_numbers:
                keep(name, encode_column(frame[name], column))
        elif name not in contract.derived and _is_number(frame[name]):
            keep(name, frame[name].to_numpy(dtype=float, na_value=np.nan))
    for name, expression in expressions.items():
        if expression.names <= inputs.keys():
            keep(name, expression.evaluate_columns(inputs))
    if missing:
        raise KeyError(next(name for name in contract.features if name in missing))
    return X


def needed_columns(names: Iterable[str], derived: Mapping[str, str]) -> set[str]:
    """Return some columns and those that their expressions read, theirs included."""
    needed, waiting = set(), list(names)
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting += Expression(derived[name]).names if name in derived else ()
    return needed


def target_values(frame: pd.DataFrame, problem: Problem) -> np.ndarray:
    """Return the target, shape (rows,): float64 for a regression, else int64 class codes.

    Raises:
        UserError: a class that is not one of the problem's.
    """
    if problem.task == "regression":
        return encode_column(frame[problem.target], problem.columns[problem.target])
    labels, classes = class_labels(frame[problem.target]), problem.classes
    codes = pd.Categorical(labels, categories=classes).codes.astype(np.int64)
    if (codes < 0).any():
        unknown = sorted(set(labels[codes < 0]))
        raise UserError(
            f"target {problem.target}: found {list_values(unknown)} in {(codes < 0).sum()} rows,"
            f" known are {list_values(classes)}"
        )
    return codes


def class_labels(values: pd.Series) -> pd.Series:
    """Return the classes of a target that is text, boolean or an integer, as text."""
    if pd.api.types.is_bool_dtype(values):
        return values.map({True: "true", False: "false"}).astype(object)
    return values.astype(str).astype(object)
