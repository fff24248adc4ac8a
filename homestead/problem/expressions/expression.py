"""Derived columns: one expression, the same result for a table in training and a row in serving.

An expression is a small subset of Python: numbers, column names, ``+ - * / // % **``, one
comparison at a time, ``and or not`` and the functions of :data:`.functions.FUNCTIONS`. It is
parsed, checked and compiled once; the same code then runs on numpy columns or on one row's Python
numbers.

All values are float64. A result that is not finite is NaN, which models treat as missing. Time
stamps are seconds since 1970-01-01 UTC.
"""

import ast
import math
from collections.abc import Iterator, Mapping, Sequence
from types import CodeType
from typing import Any

import numpy as np

from homestead.problem.expressions.functions import (
    ARGUMENT_COUNTS,
    COLUMN_GLOBALS,
    FUNCTIONS,
    OPERATORS,
    ROW_GLOBALS,
    name_in_code,
)

MAX_CHARACTERS = 1000
_ALLOWED_NODES = (
    *(ast.Expression, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.Call, ast.Name),
    *(ast.Load, ast.Constant, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow),
    *(ast.UAdd, ast.USub, ast.Not, ast.And, ast.Or),
    *(ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE),
)


class Expression:
    """A checked expression.

    Attributes:
        text: the expression's source.
        names: the columns that it reads.
        tree: the checked syntax tree; its calls are names of :data:`.functions.ROW_GLOBALS`.
    """

    def __init__(self, text: str) -> None:
        """Parse ``text``.

        Raises:
            ValueError: it is not of the allowed subset; the message says what was found.
        """
        if len(text) > MAX_CHARACTERS:
            raise ValueError(f"found {len(text)} characters, allowed are {MAX_CHARACTERS}")
        self.text = text
        try:
            tree = ast.parse(text.strip(), mode="eval")
            self.names = frozenset(_checked_names(tree, text))
            self.tree: ast.Expression = ast.fix_missing_locations(_OperatorsToCalls().visit(tree))
            self._code: CodeType = compile(self.tree, "<expression>", "eval")
        except SyntaxError as error:
            raise ValueError(f"{text!r} is not an expression: {error.msg}") from None
        except (RecursionError, MemoryError, OverflowError):
            raise ValueError(
                f"{text!r}: nested too deeply, or a number that is too large"
            ) from None

    def evaluate_columns(self, values: Mapping[str, Any]) -> np.ndarray:
        """Return the value for each row of a table.

        Args:
            values: arrays of shape (rows,), float64; at least one.

        Returns:
            Array of shape (rows,), float64; NaN where there is no value.
        """
        with np.errstate(all="ignore"):
            result = eval(self._code, COLUMN_GLOBALS, values)  # noqa: S307
        rows = len(next(iter(values.values())))
        column = np.broadcast_to(np.asarray(result, dtype=float), (rows,))
        return np.where(np.isfinite(column), column, np.nan)

    def evaluate_row(self, values: Mapping[str, float]) -> float:
        """Return the value for one row of Python floats, or NaN if there is none."""
        result = float(eval(self._code, ROW_GLOBALS, values))  # noqa: S307
        return result if math.isfinite(result) else math.nan


def _checked_names(tree: ast.AST, text: str) -> Iterator[str]:
    """Yield the columns that are read; raise ValueError for what is not of the subset."""
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if not isinstance(node, _ALLOWED_NODES):
            raise ValueError(f"{text!r}: {type(node).__name__} is not allowed in an expression")
        if isinstance(node, ast.Constant) and type(node.value) not in (int, float):
            raise ValueError(f"{text!r}: found {node.value!r}, allowed are numbers")
        if isinstance(node, ast.Compare) and len(node.ops) > 1:
            raise ValueError(f"{text!r}: found a chain, allowed is one comparison of two values")
        if isinstance(node, ast.Call):
            _check_call(node, text)
        if isinstance(node, ast.Name) and id(node) not in called:
            yield node.id


def _check_call(node: ast.Call, text: str) -> None:
    if not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS or node.keywords:
        found = ast.unparse(node.func)
        raise ValueError(f"{text!r}: found {found}(), allowed are {', '.join(FUNCTIONS)}")
    name, allowed = node.func.id, ARGUMENT_COUNTS.get(node.func.id, 1)
    if len(node.args) != allowed:
        raise ValueError(f"{text!r}: {name}(): found {len(node.args)} values, allowed is {allowed}")


class _OperatorsToCalls(ast.NodeTransformer):
    """Makes numbers floats, and calls of operators that differ between Python and numpy."""

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        return ast.Constant(float(node.value))  # type: ignore[arg-type]

    def visit_Call(self, node: ast.Call) -> ast.AST:
        return _call(ast.unparse(node.func), [self.visit(part) for part in node.args])

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        name = type(node.op).__name__
        return _call(name, [node.left, node.right]) if name in OPERATORS else node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        return _call("Compare", [self.generic_visit(node)])

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        return _call(type(node.op).__name__, [self.visit(part) for part in node.values])

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        self.generic_visit(node)
        return _call("Not", [node.operand]) if isinstance(node.op, ast.Not) else node


def _call(function: str, arguments: Sequence[Any]) -> ast.Call:
    return ast.Call(ast.Name(name_in_code(function), ast.Load()), list(arguments), [])
