"""Functions and operators of expressions, each in two versions: for columns and for one row.

Both versions give the same float64 for the same input, computed as IEEE 754 defines it, and never
raise. A comparison is 1 or 0, and with a missing value 0 (``!=``: 1). -0.0 is never a result of
rounding, so that 1 / ceil(-0.5) has one value.
"""

import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import numpy as np

from homestead.problem.expressions.function_pair import FunctionPair
from homestead.problem.expressions.time_parts import TIME_PARTS


def _rounding(of_columns: Callable[[Any], Any], of_row: Callable[[float], int]) -> FunctionPair:
    return FunctionPair(
        lambda x: of_columns(x) + 0.0, lambda x: float(of_row(x)) if math.isfinite(x) else x
    )


def _numpy_on_numbers(function: Callable[..., Any]) -> Callable[..., float]:
    """Return numpy's function for single numbers; its last digit may differ from ``math``'s."""

    def compute(*values: float) -> float:
        with np.errstate(all="ignore"):
            return float(function(*values))

    return compute


def _c_library(
    function: Callable[..., float], ieee_function: Callable[..., Any], arguments: int = 1
) -> FunctionPair:
    """Return the C library's function for both versions, numpy's where Python would raise.

    With one implementation training and serving agree; for one number it takes a tenth of numpy's
    time. Between processors the last digit may differ.
    """
    fallback = _numpy_on_numbers(ieee_function)

    def row(*values: float) -> float:
        try:
            return function(*values)
        except (ValueError, OverflowError):
            return fallback(*values)

    elementwise = np.frompyfunc(row, arguments, 1)

    def columns(*values: Any) -> Any:
        if all(isinstance(column, np.ndarray) and column.ndim == 1 for column in values):
            # Without a function of Python for each row: a sixth of the time.
            with suppress(ValueError, OverflowError):
                rows = map(function, *(column.tolist() for column in values))
                return np.fromiter(rows, float, len(values[0]))
        return np.asarray(elementwise(*values), dtype=float)

    return FunctionPair(columns, row)


def _python_or_numpy(
    operator: Callable[[float, float], float], numpy_operator: Callable[..., Any]
) -> Callable[[float, float], float]:
    """Return Python's operator, which is fast, with numpy's result for a division by zero."""
    fallback = _numpy_on_numbers(numpy_operator)

    def operate(a: float, b: float) -> float:
        try:
            return operator(a, b)
        except ZeroDivisionError:
            return fallback(a, b)

    return operate


def _nan_if_any(choose: Callable[[float, float], float]) -> Callable[[float, float], float]:
    # Adding 0.0 turns -0.0 into 0.0.
    return lambda a, b: math.nan if math.isnan(a) or math.isnan(b) else choose(a, b) + 0.0


FUNCTIONS: Mapping[str, FunctionPair] = {
    "abs": FunctionPair(np.abs, abs),
    "ceil": _rounding(np.ceil, math.ceil),
    "exp": _c_library(math.exp, np.exp),
    "floor": _rounding(np.floor, math.floor),
    "log": _c_library(math.log, np.log),
    "max": FunctionPair(lambda a, b: np.maximum(a, b) + 0.0, _nan_if_any(max)),
    "min": FunctionPair(lambda a, b: np.minimum(a, b) + 0.0, _nan_if_any(min)),
    "sqrt": FunctionPair(np.sqrt, lambda x: math.sqrt(x) if x >= 0 else math.nan),
    "where": FunctionPair(
        lambda test, a, b: np.where(test != 0, a, b), lambda test, a, b: a if test else b
    ),
    "days": FunctionPair(lambda t: t / 86400.0, lambda t: t / 86400.0),
    # A result that is not finite is missing.
    "isna": FunctionPair(
        lambda x: np.asarray(~np.isfinite(x), dtype=float), lambda x: float(not math.isfinite(x))
    ),
    "coalesce": FunctionPair(
        lambda a, b: np.where(np.isfinite(a), a, b), lambda a, b: a if math.isfinite(a) else b
    ),
    **TIME_PARTS,
}
# Of the functions that take more than one; those of TIME_PARTS may have a time zone besides.
ARGUMENT_COUNTS = {"coalesce": 2, "max": 2, "min": 2, "where": 3}

# Operators that mean something else for Python's numbers than for columns, by the name of their
# node in Python's syntax tree.
OPERATORS: Mapping[str, FunctionPair] = {
    "Div": FunctionPair(np.true_divide, _python_or_numpy(lambda a, b: a / b, np.true_divide)),
    "FloorDiv": FunctionPair(
        lambda a, b: np.floor_divide(a, b) + 0.0,
        _python_or_numpy(lambda a, b: a // b + 0.0, lambda a, b: np.floor_divide(a, b) + 0.0),
    ),
    "Mod": FunctionPair(
        lambda a, b: np.mod(a, b) + 0.0,
        _python_or_numpy(lambda a, b: a % b + 0.0, lambda a, b: np.mod(a, b) + 0.0),
    ),
    "Pow": _c_library(math.pow, np.power, 2),
    "Compare": FunctionPair(lambda test: np.asarray(test, dtype=float), float),
    "In": FunctionPair(
        lambda x, *values: np.isin(x, values).astype(float), lambda x, *values: float(x in values)
    ),
    "And": FunctionPair(
        lambda *v: np.logical_and.reduce(np.broadcast_arrays(*v)).astype(float),
        lambda *v: float(all(v)),
    ),
    "Or": FunctionPair(
        lambda *v: np.logical_or.reduce(np.broadcast_arrays(*v)).astype(float),
        lambda *v: float(any(v)),
    ),
    "Not": FunctionPair(
        lambda x: np.asarray(np.logical_not(x), dtype=float), lambda x: float(not x)
    ),
}


def name_in_code(function: str) -> str:
    """Return the global by which compiled expressions call a function."""
    return f"{function}()"


def variable_in_code(column: str) -> str:
    """Return the variable by which compiled expressions read a column, whatever its name is."""
    return f"`{column}`"


def column_of_variable(variable: str) -> str | None:
    """Return the column that a variable of compiled code holds; None for a function's global."""
    return variable[1:-1] if variable.startswith("`") else None


# Globals of compiled expressions. Without builtins nothing else can be called.
_PAIRS = {**FUNCTIONS, **OPERATORS}
COLUMN_GLOBALS: dict[str, Any] = {
    **{name_in_code(name): pair.columns for name, pair in _PAIRS.items()},
    "__builtins__": {},
}
ROW_GLOBALS: dict[str, Any] = {
    **{name_in_code(name): pair.row for name, pair in _PAIRS.items()},
    "__builtins__": {},
}
