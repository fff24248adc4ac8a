"""Syntax of expressions: the subset of Python, and its translation to calls of our functions."""

import ast
import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from homestead.problem.expressions.functions import (
    ARGUMENT_COUNTS,
    FUNCTIONS,
    OPERATORS,
    name_in_code,
    variable_in_code,
)
from homestead.problem.expressions.quoted_names import QUOTE_FUNCTION
from homestead.problem.expressions.time_parts import TIME_PARTS, time_zone

# From a column and a text to the number that the column holds instead of the text.
CodeOfText = Callable[[str, str], float]

_ALLOWED_NODES = (
    *(ast.Expression, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.Call, ast.Name),
    *(ast.Load, ast.Constant, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow),
    *(ast.UAdd, ast.USub, ast.Not, ast.And, ast.Or),
    *(ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE),
)


class ComparedText(NamedTuple):
    """A text that an expression compares with a column.

    Attributes:
        ordered: whether by an operator such as ``<``, which asks for an order of texts.
    """

    column: str
    text: str
    ordered: bool


class Translation(NamedTuple):
    """A checked syntax tree whose columns are variables, and whose operators are calls.

    Attributes:
        numbers_read: columns that are read as numbers.
        texts: comparisons of a column with a text.
    """

    tree: ast.Expression
    numbers_read: frozenset[str]
    texts: tuple[ComparedText, ...]


def translate(tree: ast.Expression, code_of_text: CodeOfText) -> Translation:
    """Check a syntax tree; make numbers floats, and texts the number of their column.

    Raises:
        ValueError: it is not of the subset; the text says what was found.
    """
    translator = _Translator(code_of_text)
    translated = ast.fix_missing_locations(translator.visit(tree))
    return Translation(translated, frozenset(translator.numbers_read), tuple(translator.texts))


class _Translator(ast.NodeTransformer):
    def __init__(self, code_of_text: CodeOfText) -> None:
        # Sets in the order of reading.
        self.numbers_read: dict[str, None] = {}
        self.texts: dict[ComparedText, None] = {}
        self._code_of_text = code_of_text

    def visit(self, node: ast.AST) -> Any:
        if not isinstance(node, _ALLOWED_NODES):
            raise ValueError(f"{type(node).__name__} is not allowed in an expression")
        return super().visit(node)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if type(node.value) not in (int, float):
            hint = "; a text can be compared with a column" if type(node.value) is str else ""
            raise ValueError(f"found {node.value!r}, allowed are numbers{hint}")
        return ast.Constant(float(node.value))  # type: ignore[arg-type]

    def visit_Name(self, node: ast.Name) -> ast.AST:
        self.numbers_read[node.id] = None
        return _variable(node.id)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if (column := _quoted_column(node)) is not None:
            self.numbers_read[column] = None
            return _variable(column)
        if not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS or node.keywords:
            found = ast.unparse(node.func)
            raise ValueError(
                f"found {found}(), allowed are {', '.join((*FUNCTIONS, QUOTE_FUNCTION))}"
            )
        name, arguments, zone = node.func.id, node.args, []
        if name in TIME_PARTS and len(arguments) == 2:
            zone = [_checked_zone(name, arguments.pop())]
        allowed = ARGUMENT_COUNTS.get(name, 1)
        if len(arguments) != allowed:
            raise ValueError(f"{name}(): found {len(arguments)} values, allowed is {allowed}")
        return _call(name, [*(self.visit(part) for part in arguments), *zone])

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        name = type(node.op).__name__
        return _call(name, [node.left, node.right]) if name in OPERATORS else node

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        return _call(type(node.op).__name__, [self.visit(part) for part in node.values])

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        self.generic_visit(node)
        return _call("Not", [node.operand]) if isinstance(node.op, ast.Not) else node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        if len(node.ops) > 1:
            raise ValueError("found a chain, allowed is one comparison of two values")
        [operator], [right] = node.ops, node.comparators
        if isinstance(operator, ast.In | ast.NotIn):
            return self._membership(node.left, right, isinstance(operator, ast.NotIn))
        ordered = not isinstance(operator, ast.Eq | ast.NotEq)
        if (text := _text(right)) is not None:
            left = self._text_column(node.left, text, ordered)
            node = ast.Compare(left, node.ops, [ast.Constant(self._code(node.left, text))])
        elif (text := _text(node.left)) is not None:
            compared = self._text_column(right, text, ordered)
            node = ast.Compare(ast.Constant(self._code(right, text)), node.ops, [compared])
        else:
            self.generic_visit(node)
        return _call("Compare", [node])

    def _membership(self, left: ast.expr, right: ast.expr, negated: bool) -> ast.AST:
        values = right.elts if isinstance(right, ast.List | ast.Tuple | ast.Set) else []
        texts = [text for value in values if (text := _text(value)) is not None]
        if not values or len(texts) not in (0, len(values)):
            raise ValueError(
                f"found in {ast.unparse(right)}, allowed is a list of texts or of numbers"
            )
        if texts:
            column, *_ = [self._text_column(left, text, ordered=False) for text in texts]
            codes = [self._code(left, text) for text in texts]
            # NaN, for a text that the column cannot hold, equals nothing, but is in a list of it.
            arguments = [column, *(ast.Constant(code) for code in codes if not math.isnan(code))]
        else:
            arguments = [self.visit(left), *map(self.visit, values)]
        member = _call("In", arguments)
        return _call("Not", [member]) if negated else member

    def _text_column(self, node: ast.expr, text: str, ordered: bool) -> ast.Name:
        column = _column(node)
        if column is None:
            raise ValueError(
                f"found {ast.unparse(node)} compared with {text!r}, allowed is a column"
            )
        self.texts[ComparedText(column, text, ordered)] = None
        return _variable(column)

    def _code(self, node: ast.expr, text: str) -> float:
        return self._code_of_text(str(_column(node)), text)


def _text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _column(node: ast.expr) -> str | None:
    if isinstance(node, ast.Name):
        return node.id
    return _quoted_column(node) if isinstance(node, ast.Call) else None


def _quoted_column(node: ast.Call) -> str | None:
    """Return the column that a call of ``col`` names; None for another call.

    Raises:
        ValueError: ``col`` is called with anything but one text.
    """
    if not isinstance(node.func, ast.Name) or node.func.id != QUOTE_FUNCTION:
        return None
    name = _text(node.args[0]) if len(node.args) == 1 and not node.keywords else None
    if not name:
        raise ValueError(f"found {ast.unparse(node)}, allowed is {QUOTE_FUNCTION}('a name')")
    return name


def _checked_zone(function: str, node: ast.expr) -> ast.Constant:
    zone = _text(node)
    if zone is None:
        raise ValueError(
            f"{function}(): found {ast.unparse(node)}, allowed is a time zone in quotes"
        )
    try:
        time_zone(zone)
    except ValueError as error:
        raise ValueError(f"{function}(): {error}") from None
    return ast.Constant(zone)


def _variable(column: str) -> ast.Name:
    return ast.Name(variable_in_code(column), ast.Load())


def _call(function: str, arguments: Sequence[Any]) -> ast.Call:
    return ast.Call(ast.Name(name_in_code(function), ast.Load()), list(arguments), [])
