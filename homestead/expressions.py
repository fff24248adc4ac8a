"""Derived columns: one expression, the same answer for a table in training and a row in serving.

An expression is a small subset of Python: numbers, column names, ``+ - * / // % **``, comparisons,
``and or not`` and the functions of :data:`FUNCTIONS`. It is parsed, checked and compiled once; the
same code object then runs on numpy columns or on one row's Python numbers.
"""

import ast
import math
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from types import CodeType
from typing import Any

import numpy as np
import pandas as pd


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _moments(seconds: Any) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(pd.to_datetime(np.atleast_1d(seconds), unit="s"))


def _columnwise(part: Callable[[pd.DatetimeIndex], Any]) -> Callable[[Any], Any]:
    return lambda seconds: np.asarray(part(_moments(seconds)), dtype=float)


def _logarithm(x: float) -> float:
    if x > 0:
        return math.log(x)
    return -math.inf if x == 0 else math.nan


# name: (for columns, for one row). Time stamps are seconds since 1970-01-01 UTC.
FUNCTIONS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "abs": (np.abs, abs),
    "ceil": (np.ceil, lambda x: x if math.isnan(x) else float(math.ceil(x))),
    "exp": (np.exp, math.exp),
    "floor": (np.floor, lambda x: x if math.isnan(x) else float(math.floor(x))),
    "log": (np.log, _logarithm),
    "max": (np.maximum, lambda a, b: math.nan if a != a or b != b else max(a, b)),
    "min": (np.minimum, lambda a, b: math.nan if a != a or b != b else min(a, b)),
    "sqrt": (np.sqrt, lambda x: math.sqrt(x) if x >= 0 else math.nan),
    "where": (np.where, lambda test, a, b: a if test else b),
    "days": (lambda t: np.asarray(t) / 86400.0, lambda t: t / 86400.0),
    "month": (_columnwise(lambda t: t.month), lambda t: float(_moment(t).month)),
    "weekday": (_columnwise(lambda t: t.weekday), lambda t: float(_moment(t).weekday())),
    "year": (_columnwise(lambda t: t.year), lambda t: float(_moment(t).year)),
}
_COLUMNS = {name: pair[0] for name, pair in FUNCTIONS.items()}
_ROW = {name: pair[1] for name, pair in FUNCTIONS.items()}
_NODES = (
    *(ast.Expression, ast.BinOp, ast.UnaryOp, ast.Compare, ast.Call, ast.Name, ast.Load),
    *(ast.Constant, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow),
    *(ast.UAdd, ast.USub, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE),
)


class Expression:
    """A checked expression.

    Attributes:
        text: as written.
        names: the columns it reads.
    """

    def __init__(self, text: str) -> None:
        """Parse ``text``.

        Raises:
            ValueError: it is not of the allowed subset; the message says what was found.
        """
        self.text = text
        try:
            tree = ast.parse(text.strip(), mode="eval")
        except (SyntaxError, RecursionError) as error:
            raise ValueError(f"{text!r} is not an expression: {error}") from None
        self.names = frozenset(_check(tree, text))
        self._code: CodeType = compile(tree, "<expression>", "eval")

    def columns(self, values: Mapping[str, Any]) -> np.ndarray:
        """The value for each row of a table.

        Args:
            values: arrays of shape (rows,), float64, time stamps as seconds since 1970.

        Returns:
            Array of shape (rows,), float64; NaN where an input is missing.
        """
        with np.errstate(all="ignore"):
            result = eval(self._code, {"__builtins__": {}, **_COLUMNS}, dict(values))  # noqa: S307
        rows = len(next(iter(values.values())))
        return np.broadcast_to(np.asarray(result, dtype=float), (rows,)).copy()

    def row(self, values: Mapping[str, float]) -> float:
        """The value for one row of Python floats; NaN where it has none."""
        try:
            return float(eval(self._code, {"__builtins__": {}, **_ROW}, dict(values)))  # noqa: S307
        except (ZeroDivisionError, OverflowError, ValueError, TypeError):
            return math.nan


def _check(tree: ast.AST, text: str) -> Iterable[str]:
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if not isinstance(node, _NODES):
            raise ValueError(f"{text!r}: {type(node).__name__} is not allowed in an expression")
        if isinstance(node, ast.Constant) and type(node.value) not in (int, float):
            raise ValueError(f"{text!r}: found {node.value!r}, allowed are numbers")
        if isinstance(node, ast.Compare) and len(node.ops) > 1:
            raise ValueError(f"{text!r}: compare two values at a time")
        if isinstance(node, ast.Call) and (
            not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS or node.keywords
        ):
            found = ast.unparse(node.func)
            raise ValueError(f"{text!r}: found {found}(), allowed are {', '.join(FUNCTIONS)}")
        if isinstance(node, ast.Name) and id(node) not in called:
            yield node.id
