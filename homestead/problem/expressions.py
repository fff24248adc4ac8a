"""Derived columns: one expression, the same answer for a table in training and a row in serving.

An expression is a small subset of Python: numbers, column names, ``+ - * / // % **``, one
comparison at a time, ``and or not`` and the functions of :data:`FUNCTIONS`. It is parsed, checked
and compiled once; the same code then runs on numpy columns or on one row's Python numbers.

All values are float64, computed as IEEE 754 has it and never with an error; a result that is not
finite is NaN, which models take for missing. A comparison is 1 or 0, and with a missing value 0
(``!=``: 1). Time stamps are seconds since 1970-01-01 UTC.
"""

import ast
import math
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from types import CodeType
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

LONGEST = 1000
# Years 1 to 9999, the moments that Python's datetime knows.
_FIRST, _LAST = -62135596800, 253402300799


def _moments(seconds: Any) -> "pd.DatetimeIndex":
    import pandas as pd  # the server, which has rows only, never needs it

    seconds = np.atleast_1d(np.asarray(seconds, dtype=float))
    known = (seconds >= _FIRST) & (seconds <= _LAST)
    whole = np.floor(np.where(known, seconds, 0)).astype("datetime64[s]")
    return pd.DatetimeIndex(np.where(known, whole, np.datetime64("NaT", "s")))


def _columnwise(part: "Callable[[pd.DatetimeIndex], Any]") -> Callable[[Any], Any]:
    return lambda seconds: np.asarray(part(_moments(seconds)), dtype=float)


def _rowwise(part: Callable[[datetime], int]) -> Callable[[float], float]:
    def of(seconds: float) -> float:
        if not _FIRST <= seconds <= _LAST:
            return math.nan
        return float(part(datetime.fromtimestamp(math.floor(seconds), UTC)))

    return of


def _rounded(to_whole: Callable[[float], int]) -> Callable[[float], float]:
    return lambda x: float(to_whole(x)) if math.isfinite(x) else x


def _as_numpy(function: Callable[..., Any]) -> Callable[..., float]:
    """Numpy's own result for numbers: its last digit may differ from the math module's."""

    def on_numbers(*values: float) -> float:
        with np.errstate(all="ignore"):
            return float(function(*values))

    return on_numbers


def _of_libm(
    function: Callable[..., float], ieee: Callable[..., Any], inputs: int = 1
) -> tuple[Callable[..., Any], Callable[..., float]]:
    """The C library's function for columns and for one row; numpy's result where Python raises.

    One function for both, so that training and serving agree; it costs a tenth of numpy's for one
    number. Between processors the last digit may differ.
    """
    on_numbers = _as_numpy(ieee)

    def one(*values: float) -> float:
        try:
            return function(*values)
        except (ValueError, OverflowError):
            return on_numbers(*values)

    each = np.frompyfunc(one, inputs, 1)
    return lambda *columns: np.asarray(each(*columns), dtype=float), one


def _or_numpy(
    quick: Callable[[float, float], float], function: Callable[..., Any]
) -> Callable[[float, float], float]:
    """Python's operator, which is quick; numpy where Python would raise."""
    on_numbers = _as_numpy(function)

    def operate(a: float, b: float) -> float:
        try:
            return quick(a, b)
        except ZeroDivisionError:
            return on_numbers(a, b)

    return operate


def _either(choose: Callable[[float, float], float]) -> Callable[[float, float], float]:
    # Adding 0.0 makes -0.0 the one zero.
    return lambda a, b: math.nan if math.isnan(a) or math.isnan(b) else choose(a, b) + 0.0


# name: (for columns, for one row).
FUNCTIONS: dict[str, tuple[Callable[..., Any], Callable[..., float]]] = {
    "abs": (np.abs, abs),
    "ceil": (lambda x: np.ceil(x) + 0.0, _rounded(math.ceil)),
    "exp": _of_libm(math.exp, np.exp),
    "floor": (lambda x: np.floor(x) + 0.0, _rounded(math.floor)),
    "log": _of_libm(math.log, np.log),
    "max": (lambda a, b: np.maximum(a, b) + 0.0, _either(max)),
    "min": (lambda a, b: np.minimum(a, b) + 0.0, _either(min)),
    "sqrt": (np.sqrt, lambda x: math.sqrt(x) if x >= 0 else math.nan),
    "where": (lambda test, a, b: np.where(test != 0, a, b), lambda test, a, b: a if test else b),
    "days": (lambda t: t / 86400.0, lambda t: t / 86400.0),
    "month": (_columnwise(lambda t: t.month), _rowwise(lambda t: t.month)),
    "weekday": (_columnwise(lambda t: t.weekday), _rowwise(lambda t: t.weekday())),
    "year": (_columnwise(lambda t: t.year), _rowwise(lambda t: t.year)),
}
_ARGUMENTS = {"max": 2, "min": 2, "where": 3}

# Operators whose meaning for Python's numbers is not the one for columns are calls, too.
_OPERATORS: dict[str, tuple[Callable[..., Any], Callable[..., float]]] = {
    "Div": (np.true_divide, _or_numpy(lambda a, b: a / b, np.true_divide)),
    "FloorDiv": (
        lambda a, b: np.floor_divide(a, b) + 0.0,
        _or_numpy(lambda a, b: a // b + 0.0, lambda a, b: np.floor_divide(a, b) + 0.0),
    ),
    "Mod": (
        lambda a, b: np.mod(a, b) + 0.0,
        _or_numpy(lambda a, b: a % b + 0.0, lambda a, b: np.mod(a, b) + 0.0),
    ),
    "Pow": _of_libm(math.pow, np.power, 2),
    "Compare": (lambda test: np.asarray(test, dtype=float), float),
    "And": (
        lambda *v: np.logical_and.reduce(np.broadcast_arrays(*v)).astype(float),
        lambda *v: float(all(v)),
    ),
    "Or": (
        lambda *v: np.logical_or.reduce(np.broadcast_arrays(*v)).astype(float),
        lambda *v: float(any(v)),
    ),
    "Not": (lambda x: np.asarray(np.logical_not(x), dtype=float), lambda x: float(not x)),
}
_CALLED = FUNCTIONS | _OPERATORS
# The brackets make names that no column can take. ROW is for one row's numbers.
_COLUMNS: dict[str, Any] = {f"{name}()": pair[0] for name, pair in _CALLED.items()}
ROW: dict[str, Any] = {f"{name}()": pair[1] for name, pair in _CALLED.items()}
_COLUMNS["__builtins__"] = ROW["__builtins__"] = {}
_NODES = (
    *(ast.Expression, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.Call, ast.Name),
    *(ast.Load, ast.Constant, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow),
    *(ast.UAdd, ast.USub, ast.Not, ast.And, ast.Or),
    *(ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE),
)


class Expression:
    """A checked expression.

    Attributes:
        text: as written.
        names: the columns it reads.
        tree: the checked expression; :data:`ROW` has the names that it calls.
    """

    def __init__(self, text: str) -> None:
        """Parse ``text``.

        Raises:
            ValueError: it is not of the allowed subset; the message says what was found.
        """
        if len(text) > LONGEST:
            raise ValueError(f"found {len(text)} characters, allowed are {LONGEST}")
        self.text = text
        try:
            tree = ast.parse(text.strip(), mode="eval")
            self.names = frozenset(_check(tree, text))
            self.tree: ast.Expression = ast.fix_missing_locations(_Calls().visit(tree))
            self._code: CodeType = compile(self.tree, "<expression>", "eval")
        except SyntaxError as error:
            raise ValueError(f"{text!r} is not an expression: {error.msg}") from None
        except (RecursionError, MemoryError, OverflowError):
            raise ValueError(f"{text!r}: too deep, or a number too large") from None

    def columns(self, values: Mapping[str, Any]) -> np.ndarray:
        """The value for each row of a table.

        Args:
            values: arrays of shape (rows,), float64; at least one.

        Returns:
            Array of shape (rows,), float64; NaN where there is no value.
        """
        with np.errstate(all="ignore"):
            result = eval(self._code, _COLUMNS, values)  # noqa: S307
        rows = len(next(iter(values.values())))
        answer = np.broadcast_to(np.asarray(result, dtype=float), (rows,))
        return np.where(np.isfinite(answer), answer, np.nan)

    def row(self, values: Mapping[str, float]) -> float:
        """The value for one row of Python floats; NaN where there is none."""
        answer = float(eval(self._code, ROW, values))  # noqa: S307
        return answer if math.isfinite(answer) else math.nan


def _check(tree: ast.AST, text: str) -> Iterator[str]:
    """The names of the columns that are read; ValueError for what is not of the subset."""
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if not isinstance(node, _NODES):
            raise ValueError(f"{text!r}: {type(node).__name__} is not allowed in an expression")
        if isinstance(node, ast.Constant) and type(node.value) not in (int, float):
            raise ValueError(f"{text!r}: found {node.value!r}, allowed are numbers")
        if isinstance(node, ast.Compare) and len(node.ops) > 1:
            raise ValueError(f"{text!r}: compare two values at a time")
        if isinstance(node, ast.Call):
            _check_call(node, text)
        if isinstance(node, ast.Name) and id(node) not in called:
            yield node.id


def _check_call(node: ast.Call, text: str) -> None:
    if not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS or node.keywords:
        found = ast.unparse(node.func)
        raise ValueError(f"{text!r}: found {found}(), allowed are {', '.join(FUNCTIONS)}")
    name, wanted = node.func.id, _ARGUMENTS.get(node.func.id, 1)
    if len(node.args) != wanted:
        raise ValueError(f"{text!r}: {name}() found {len(node.args)} values, allowed is {wanted}")


class _Calls(ast.NodeTransformer):
    """Numbers to floats, and what Python and numpy do differently to calls."""

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        return ast.Constant(float(node.value))  # type: ignore[arg-type]

    def visit_Call(self, node: ast.Call) -> ast.AST:
        return _call(ast.unparse(node.func), [self.visit(part) for part in node.args])

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        name = type(node.op).__name__
        return _call(name, [node.left, node.right]) if name in _OPERATORS else node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        return _call("Compare", [self.generic_visit(node)])

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        return _call(type(node.op).__name__, [self.visit(part) for part in node.values])

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        self.generic_visit(node)
        return _call("Not", [node.operand]) if isinstance(node.op, ast.Not) else node


def _call(name: str, arguments: list[Any]) -> ast.Call:
    return ast.Call(ast.Name(f"{name}()", ast.Load()), arguments, [])
