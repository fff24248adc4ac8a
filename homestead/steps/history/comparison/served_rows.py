"""Served rows as the offline store can be asked about them: numbers, keys and times by name."""

import json
from typing import NamedTuple

import numpy as np
import pandas as pd

from homestead.problem.contract import Contract, ContractView
from homestead.problem.expressions.expression import Expression
from homestead.problem.expressions.text_codes import compile_derived
from homestead.steps.history.replayed import ReplayedPart

_TEXT_TYPES = ("category", "text")


class ServedRows(NamedTuple):
    """Rows of one model.

    Attributes:
        numbers: (rows,) values by name: logged inputs, and columns derived from them alone.
        logged: names among them that the log holds.
        expressions: of the contract's derived columns, in the order of computation.
        times: (rows,) time of each row, seconds since 1970: its time stamp if the log has it,
            else the time of the prediction.
    """

    part: ReplayedPart
    contract: Contract
    numbers: dict[str, np.ndarray]
    logged: frozenset[str]
    expressions: dict[str, Expression]
    times: np.ndarray


def served_rows(part: ReplayedPart, contract: Contract, matrix: np.ndarray) -> ServedRows:
    """Return a part's rows.

    Args:
        matrix: the logged inputs, (rows, features).
    """
    hidden = part.inputs.hidden if part.inputs is not None else {}
    numbers = {name: matrix[:, i] for i, name in enumerate(contract.features) if name not in hidden}
    logged = frozenset(numbers)
    expressions = compile_derived(contract.derived, contract.columns)
    for name, expression in expressions.items():
        if name not in numbers and expression.names and expression.names <= numbers.keys():
            numbers[name] = expression.evaluate_columns(numbers)
    at = part.rows["at"].to_numpy(dtype=float)
    stamps = numbers.get(contract.timestamp or "")
    times = at if stamps is None else np.where(np.isnan(stamps), at, stamps)
    return ServedRows(part, contract, numbers, logged, expressions, times)


def entity_keys(served: ServedRows, view: ContractView) -> pd.Series | str:
    """Return each row's key of a view, (rows,), missing where a row has none.

    Returns:
        A text that says why, if the log does not tell the keys.
    """
    contract, entity = served.contract, view.entity
    column = contract.columns.get(entity)
    if entity in served.numbers:
        numbers = served.numbers[entity]
        if column is not None and column.type in _TEXT_TYPES:
            allowed = dict(enumerate(column.allowed or ()))
            return pd.Series([allowed.get(c) for c in np.nan_to_num(numbers, nan=-1)], dtype=object)
        return pd.Series(np.floor(numbers)).astype("Int64")
    if entity not in contract.key_columns:
        return f"view {view.name}: its entity {entity} is neither logged nor derived from what is"
    if any(name in contract.sensitivity for name in contract.key_columns):
        return f"view {view.name}: its entity {entity} is sensitive"
    texts = served.part.rows.entity
    if not isinstance(contract.key, str):
        position = contract.key_columns.index(entity)
        texts = texts.map(lambda key: None if key is None else json.loads(key)[position])
    if column is not None and column.type in _TEXT_TYPES:
        return texts.astype(object)
    return pd.Series([None if key is None else int(key) for key in texts], dtype="Int64")
