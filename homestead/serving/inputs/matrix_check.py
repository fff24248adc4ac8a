"""A matrix of model inputs, as a request gives it, to numbers."""

import math
from collections.abc import Callable, Collection
from typing import Annotated, Any

import msgspec
import numpy as np

from homestead.problem.contract import Contract
from homestead.problem.parts import Column
from homestead.serving.errors import RefusedError
from homestead.serving.inputs.field_checks import (
    FieldCheck,
    describe_value,
    matrix_cell_check,
    number_check,
)

_EXACT = 2**53


def matrix_check(
    contract: Contract, nullable: Collection[str]
) -> Callable[[Any], list[list[float]]]:
    """The check of a contract's matrices.

    Args:
        nullable: features of views and derived ones that may be null.

    Returns:
        A function from lists of rows to rows of the model's inputs. It raises RefusedError: a
        shape, a type or a range is wrong.
    """
    features = contract.features
    columns = {
        name: contract.columns.get(name) or Column(type="number", nullable=name in nullable)
        for name in features
    }
    plain = _plain_type(list(columns.values()))
    checks: list[FieldCheck] = [
        matrix_cell_check(column) if name in contract.columns else number_check(column.nullable)
        for name, column in columns.items()
    ]

    def check(matrix: Any) -> list[list[float]]:
        if not matrix:
            raise RefusedError(400, "shape", "the request holds no rows")
        try:
            found = np.array(msgspec.convert({"rows": matrix}, plain).rows, dtype=float)
        except (msgspec.ValidationError, OverflowError):
            pass  # a mistake, or natural values: what follows takes or names them
        else:
            table: list[list[float]] = found.tolist()
            return table
        table = []
        for i, row in enumerate(matrix):
            if not isinstance(row, list) or len(row) != len(features):
                what = f"{len(row)} values" if isinstance(row, list) else describe_value(row)
                raise RefusedError(
                    400,
                    "shape",
                    f"row {i}: found {what}, allowed are {len(features)}: {', '.join(features)}",
                )
            numbers = []
            for name, check_one, value in zip(features, checks, row, strict=True):
                try:
                    numbers.append(check_one(value))
                except RefusedError as error:
                    raise error.of(f"row {i}: {name}: ") from None
            table.append(numbers)
        return table

    return check


def _plain_type(columns: list[Column]) -> Any:
    """A matrix of plain numbers as a type that msgspec checks; it takes nothing that the checks
    of :mod:`homestead.serving.inputs.field_checks` refuse.
    """
    kinds: list[Any] = []
    for column in columns:
        low, high, whole = None, None, None
        if column.type in ("boolean", "category"):
            low, high, whole = 0.0, len(column.allowed or ("false", "true")) - 1.0, 1.0
        elif column.type == "integer":
            low, high = column.range or (-_EXACT, _EXACT)
            low, high, whole = max(math.ceil(low), -_EXACT), min(math.floor(high), _EXACT), 1.0
        elif column.range:
            low, high = column.range
        kind: Any = Annotated[float, msgspec.Meta(ge=low, le=high, multiple_of=whole)]
        kinds.append(kind | None if column.nullable else kind)
    # As a field of a class: msgspec would look up the bare type anew each time, which costs more
    # than the check.
    return msgspec.defstruct("Matrix", [("rows", list[tuple[tuple(kinds)]])])  # type: ignore[misc]
