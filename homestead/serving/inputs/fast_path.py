"""The fast path: one compiled function for rows whose fields are all present and valid.

The checks and expressions of a contract become straight-line code, which is several times as fast
as walking the contract. Every other row (a field is missing, invalid, derived or unknown) is left
to :class:`homestead.serving.inputs.resolver.Resolver`, which gives the same answers for the same
contract and says what is wrong.
"""

import ast
import copy
import math
from collections.abc import Callable, Collection, Mapping
from operator import itemgetter
from typing import Any

from homestead.problem.contract import Contract
from homestead.problem.expressions.expression import Expression
from homestead.problem.expressions.functions import ROW_GLOBALS, column_of_variable
from homestead.problem.sections.column import Column
from homestead.serving.errors import RefusedError
from homestead.serving.inputs.field_checks import FieldCheck
from homestead.serving.inputs.notation import missing_markers

# From a row and the current time (seconds since 1970) to the model's inputs.
FastPath = Callable[[dict[str, Any], float], list[float] | None]

_BUILTINS = {"len": len, "type": type, "int": int, "float": float, "str": str, "KeyError": KeyError}
_CONSTANTS = {"nan": math.nan, "inf": math.inf, "isfinite": math.isfinite}
# Limits of numbers without a range: within those of field_checks, and exact for integers.
_DEFAULT_RANGE = (-(2.0**53), 2.0**53)


def compile_fast_path(
    contract: Contract,
    required: Collection[str],
    nullable: Collection[str],
    expressions: Mapping[str, Expression],
    checks: Mapping[str, FieldCheck],
) -> FastPath:
    """Return the compiled function from a row and the current time to the model's inputs.

    Args:
        required: the fields that a row must hold; it may also hold others that have a check.
        nullable: stored features that may be null.
        expressions: the derived columns that the model's inputs depend on, in order.
        checks: the check of each field that a row may hold.

    Returns:
        A function that returns None for rows that it leaves to the resolver.
    """
    fields = sorted(required)
    constants: dict[str, Any] = {
        "check_others": _others_check(contract.timestamp, frozenset(fields), expressions, checks),
    }
    variables = {} if contract.timestamp is None else {contract.timestamp: "now"}
    lines = [
        f"if len(row) != {len(fields)}:",
        "  now = check_others(row, now)",
        "  if now is None: return None",
    ]
    if fields:
        constants["get_fields"] = itemgetter(*fields)
        targets = ", ".join(f"v{i}" for i in range(len(fields)))
        lines += [
            f"try: {targets} = get_fields(row)",
            "except KeyError: return None",
        ]
    for i, name in enumerate(fields):
        variables[name] = f"v{i}"
        column = contract.columns.get(name) or Column(type="number", nullable=name in nullable)
        lines += _check_lines(f"v{i}", column, constants)
    return _compile("row, now", lines, contract, variables, expressions, constants)


def compile_derivations(
    contract: Contract, required: Collection[str], expressions: Mapping[str, Expression]
) -> Callable[[dict[str, float]], list[float]]:
    """Return the compiled function from a row's values to the model's inputs.

    Args:
        required: the values that a row has; none of them is derived.
        expressions: as in :func:`compile_fast_path`.
    """
    times = () if contract.timestamp is None else (contract.timestamp,)
    names = sorted({*required, *times})
    variables = {name: f"v{i}" for i, name in enumerate(names)}
    lines = [f"{variables[name]} = values[{name!r}]" for name in names]
    return _compile("values", lines, contract, variables, expressions, {})


def _compile(
    arguments: str,
    lines: list[str],
    contract: Contract,
    variables: dict[str, str],
    expressions: Mapping[str, Expression],
    constants: Mapping[str, Any],
) -> Callable[..., Any]:
    """Return a function of lines that set variables, then derive others and return the inputs."""
    for i, name in enumerate(expressions):
        variables[name] = f"d{i}"
        lines += [f"d{i} = expression({name!r})", f"if not isfinite(d{i}): d{i} = nan"]
    lines.append(f"return [{', '.join(variables[name] for name in contract.features)}]")
    body = "\n".join(f"  {line}" for line in lines)
    tree = ast.parse(f"def compiled({arguments}):\n{body}")
    tree = ast.fix_missing_locations(_InsertExpressions(expressions, variables).visit(tree))
    namespace = {**ROW_GLOBALS, **_CONSTANTS, **constants, "__builtins__": _BUILTINS}
    exec(compile(tree, "<contract>", "exec"), namespace)  # noqa: S102
    compiled: Callable[..., Any] = namespace["compiled"]
    return compiled


def _others_check(
    timestamp: str | None,
    required: Collection[str],
    expressions: Collection[str],
    checks: Mapping[str, FieldCheck],
) -> Callable[[dict[str, Any], float], float | None]:
    """Return the check of a row's other fields than the required ones.

    Returns:
        A function that returns the row's time, or None if a field is unknown, invalid, or derived
        so that it must not be computed.
    """

    def check_others(row: dict[str, Any], now: float) -> float | None:
        for name, value in row.items():
            if name in required:
                continue
            check = checks.get(name)
            if check is None or name in expressions:
                return None
            try:
                number = check(value)
            except RefusedError:
                return None
            if name == timestamp:
                now = number
        return now

    return check_others


def _check_lines(variable: str, column: Column, constants: dict[str, Any]) -> list[str]:
    """Return lines that turn a variable into the model's number or return None."""
    v = variable
    markers = []
    if column.missing:
        # Missing values, as the table of the problem writes them, are left to the resolver.
        constants[f"markers_{v}"] = missing_markers(column)
        markers = [f"if {v} in markers_{v}: return None"]
    if column.type == "boolean":
        lines = [
            f"if {v} is True: {v} = 1.0",
            f"elif {v} is False: {v} = 0.0",
            f"elif (type({v}) is int or type({v}) is float) and ({v} == 0 or {v} == 1):",
            f"  {v} = float({v})",
        ]
    elif column.type == "category":
        codes = {text: float(code) for code, text in enumerate(column.allowed or ())}
        constants[f"codes_{v}"] = codes
        lines = [f"if type({v}) is str and {v} in codes_{v}: {v} = codes_{v}[{v}]"]
        if column.takes_unseen and not column.trim:
            # An empty text, which is missing, is left to the resolver.
            constants[f"unseen_{v}"] = column.unseen_code
            lines.append(f"elif type({v}) is str and {v}: {v} = unseen_{v}")
    elif column.type in ("integer", "number"):
        low, high = column.range or _DEFAULT_RANGE
        # False for NaN and infinity.
        in_range = f"{low!r} <= {v} <= {high!r}"
        lines = [f"if type({v}) is int and {in_range}: {v} = float({v})"]
        if column.type == "number":
            lines = [
                f"if type({v}) is float:",
                f"  if not {in_range}: return None",
                f"el{lines[0]}",
            ]
    else:
        return ["return None"]
    if column.nullable:
        lines.append(f"elif {v} is None: {v} = nan")
    return [*markers, *lines, "else: return None"]


class _InsertExpressions(ast.NodeTransformer):
    """Replaces each call ``expression(name)`` by the tree of that derived column's expression."""

    def __init__(self, expressions: Mapping[str, Expression], variables: Mapping[str, str]) -> None:
        self._expressions = expressions
        self._variables = variables

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if isinstance(node.func, ast.Name) and node.func.id == "expression":
            assert isinstance(node.args[0], ast.Constant)  # noqa: S101
            tree = copy.deepcopy(self._expressions[str(node.args[0].value)].tree.body)
            renamed: ast.AST = _RenameColumns(self._variables).visit(tree)
            return renamed
        return self.generic_visit(node)


class _RenameColumns(ast.NodeTransformer):
    """Replaces the variables of columns by local ones; functions keep their names."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables

    def visit_Name(self, node: ast.Name) -> ast.AST:
        column = column_of_variable(node.id)
        return node if column is None else ast.Name(self._variables[column], ast.Load())
