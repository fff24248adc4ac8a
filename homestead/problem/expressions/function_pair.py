"""A function of expressions in its two versions."""

from collections.abc import Callable
from typing import Any, NamedTuple


class FunctionPair(NamedTuple):
    """A function of expressions.

    Attributes:
        columns: from arrays of shape (rows,), float64, to one of the same shape.
        row: from Python floats to a float.
    """

    columns: Callable[..., Any]
    row: Callable[..., float]
