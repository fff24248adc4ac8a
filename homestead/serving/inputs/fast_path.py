"""The usual request's way as one compiled function: a row whose fields are all there and right.

Checks and expressions of a contract become straight-line code, several times as fast as walking
the contract. Whatever is not usual (a field missing, wrong, derived or unknown) is left to
:class:`homestead.serving.inputs.resolver.Resolver`, which takes the same contract, answers the same, and says what
is wrong.
"""

import ast
import copy
import math
from collections.abc import Callable, Collection, Mapping
from operator import itemgetter
from typing import Any

from homestead.problem.contract import Contract
from homestead.problem.expressions.expression import Expression
from homestead.problem.expressions.functions import ROW_GLOBALS
from homestead.problem.parts import Column
from homestead.serving.errors import RefusedError
from homestead.serving.inputs.field_checks import FieldCheck

FastPath = Callable[[dict[str, Any], float], list[float] | None]


def compile_fast_path(
    contract: Contract,
    given: Collection[str],
    nullable: Collection[str],
    derived: Mapping[str, Expression],
    checks: Mapping[str, FieldCheck],
) -> FastPath:
    """The function from a row and the present moment to the model's inputs.

    Args:
        given: the fields that the row must hold; the key and the time stamp may be there, too.
        nullable: features of views that may be null.
        derived: the expressions that the features need, in order.
        checks: of each field that a row may hold.

    Returns:
        A function that gives None where the row is not of the usual kind.
    """
    given = frozenset(given)
    constants: dict[str, Any] = {
        "nan": math.nan,
        "inf": math.inf,
        "isfinite": math.isfinite,
        "others": _others(contract.timestamp, given, derived, checks),
    }
    local = {contract.timestamp: "now"}
    lines = [
        f"if len(row) != {len(given)}:",
        "  now = others(row, now)",
        "  if now is None: return None",
    ]
    if given:
        names = sorted(given)
        constants["fields"] = itemgetter(*names)
        picked = ", ".join(f"v{i}" for i in range(len(names)))
        lines += [
            f"try: {picked} = fields(row)",
            "except KeyError: return None",
        ]
    for i, name in enumerate(sorted(given)):
        local[name] = f"v{i}"
        column = contract.columns.get(name) or Column(type="number", nullable=name in nullable)
        lines += _checked(f"v{i}", column, constants)
    for i, name in enumerate(derived):
        local[name] = f"d{i}"
        lines += [f"d{i} = expression({name!r})", f"if not isfinite(d{i}): d{i} = nan"]
    lines.append(f"return [{', '.join(local[name] for name in contract.features)}]")
    tree = ast.parse("def quick(row, now):\n" + "\n".join(f"  {line}" for line in lines))
    tree = ast.fix_missing_locations(_Insert(derived, local).visit(tree))
    known = {**ROW_GLOBALS, **constants, "__builtins__": _BUILTINS}
    exec(compile(tree, "<contract>", "exec"), known)  # noqa: S102
    quick: FastPath = known["quick"]
    return quick


_BUILTINS = {"len": len, "type": type, "int": int, "float": float, "str": str, "KeyError": KeyError}


def _others(
    clock: str, given: Collection[str], derived: Collection[str], checks: Mapping[str, FieldCheck]
) -> Callable[[dict[str, Any], float], float | None]:
    """Checks the fields that are not needed, and gives the row's moment; None if one is wrong, or
    is a derived value that must not be derived then.
    """

    def others(row: dict[str, Any], now: float) -> float | None:
        for name, value in row.items():
            if name in given:
                continue
            check = checks.get(name)
            if check is None or name in derived:
                return None
            try:
                number = check(value)
            except RefusedError:
                return None
            if name == clock:
                now = number
        return now

    return others


def _checked(v: str, column: Column, constants: dict[str, Any]) -> list[str]:
    """Lines that turn ``v`` into the model's number, or return None."""
    if column.type == "boolean":
        lines = [f"if {v} is True: {v} = 1.0", f"elif {v} is False: {v} = 0.0"]
    elif column.type == "category":
        codes = {text: float(code) for code, text in enumerate(column.allowed or ())}
        constants[f"codes_{v}"] = codes
        lines = [f"if type({v}) is str and {v} in codes_{v}: {v} = codes_{v}[{v}]"]
    elif column.type in ("integer", "number"):
        # Within the limits of homestead.serving.inputs.field_checks; they also refuse NaN and infinity.
        low, high = column.range or (-(2.0**53), 2.0**53)
        within = f"{low!r} <= {v} <= {high!r}"
        lines = [f"if type({v}) is int and {within}: {v} = float({v})"]
        if column.type == "number":
            lines = [f"if type({v}) is float:", f"  if not {within}: return None", f"el{lines[0]}"]
    else:
        return ["return None"]
    if column.nullable:
        lines.append(f"elif {v} is None: {v} = nan")
    return [*lines, "else: return None"]


class _Insert(ast.NodeTransformer):
    """Puts an expression's tree in the place of ``expression(name)``."""

    def __init__(self, derived: Mapping[str, Expression], local: Mapping[str, str]) -> None:
        self._derived = derived
        self._local = local

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if isinstance(node.func, ast.Name) and node.func.id == "expression":
            assert isinstance(node.args[0], ast.Constant)  # noqa: S101
            tree = copy.deepcopy(self._derived[str(node.args[0].value)].tree.body)
            return _Rename(self._local).visit(tree)
        return self.generic_visit(node)


class _Rename(ast.NodeTransformer):
    """Columns to local variables; the names of functions have brackets and stay."""

    def __init__(self, local: Mapping[str, str]) -> None:
        self._local = local

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Name(self._local.get(node.id, node.id), ast.Load())
