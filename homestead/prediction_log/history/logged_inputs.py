"""A model's inputs from the prediction log, with the bits that the model read."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from homestead.problem.contract import Contract

_Features = dict[str, float | str | None]
_DECODER = msgspec.json.Decoder(_Features)


class LoggedInputs(NamedTuple):
    """Model inputs of logged rows.

    Attributes:
        matrix: (rows, features) float64, NaN if missing; features in the contract's order.
        hidden: features whose values the log does not hold, and why, by name.
        is_complete: (rows,) whether the log holds all of a row's inputs.
        reasons: by row, why a row is not complete; '' if it is.
    """

    matrix: np.ndarray
    hidden: dict[str, str]
    is_complete: np.ndarray
    reasons: list[str]


def logged_inputs(features: Sequence[str], contract: Contract) -> LoggedInputs:
    """Return the inputs that a model read.

    The log holds values by name, so the order of columns does not matter; and the model's codes of
    categories, so neither does the present data. JSON gives back each double with its bits.

    Args:
        features: by row, the JSON object of the log.
        contract: of the model that predicted.
    """
    rows = [_DECODER.decode(text) for text in features]
    names = contract.features
    matrix = np.full((len(rows), len(names)), np.nan)
    hidden: dict[str, str] = {}
    reasons = [""] * len(rows)
    for i, row in enumerate(rows):
        lacking = []
        for j, name in enumerate(names):
            value = row.get(name, _ABSENT)
            if isinstance(value, str):
                lacking.append((name, _why_hidden(name, contract, is_logged=name in row)))
            elif value is not None:
                matrix[i, j] = value
        if lacking:
            hidden |= lacking
            reasons[i] = "; ".join(f"{name} {reason}" for name, reason in lacking)
    is_complete = np.array([not reason for reason in reasons], dtype=bool)
    return LoggedInputs(matrix, hidden, is_complete, reasons)


# No value of the log: a name is missing from a row.
_ABSENT = "absent"


def _why_hidden(name: str, contract: Contract, *, is_logged: bool) -> str:
    if is_logged:
        return "is sensitive: the log holds its hash"
    if contract.sensitivity.get(name) == "drop":
        return "is sensitive: the log does not hold it"
    return "is not in the log"
