"""The check of matrices of model inputs."""

import math
from collections.abc import Callable, Collection
from typing import Annotated, Any

import msgspec
import numpy as np

from homestead.problem.contract import Contract
from homestead.problem.sections.column import Column
from homestead.problem.values.listing import list_values
from homestead.problem.values.times import END_SECOND, FIRST_SECOND
from homestead.serving.errors import RefusedError
from homestead.serving.inputs.field_checks import (
    FieldCheck,
    describe_value,
    matrix_cell_check,
    number_check,
)

# The largest integer up to which every integer is a double.
_MAX_EXACT_INTEGER = 2**53


def matrix_check(
    contract: Contract, nullable: Collection[str]
) -> Callable[[Any], list[list[float]]]:
    """Return the check of a contract's matrices.

    Args:
        nullable: stored features and derived columns that may be null.

    Returns:
        A function from a list of rows, in the order of the contract's features, to the model's
        inputs. It raises RefusedError if a shape, a type or a range is wrong.
    """
    features = contract.features
    columns = {
        name: contract.columns.get(name) or Column(type="number", nullable=name in nullable)
        for name in features
    }
    numeric_type = _numeric_matrix_type(list(columns.values()))
    cell_checks: list[FieldCheck] = [
        matrix_cell_check(column) if name in contract.columns else number_check(column.nullable)
        for name, column in columns.items()
    ]

    def check_row(row: Any, place: str) -> list[float]:
        if not isinstance(row, list) or len(row) != len(features):
            found = f"{len(row)} values" if isinstance(row, list) else describe_value(row)
            raise RefusedError(
                400,
                "shape",
                f"{place}found {found}, allowed are {len(features)}: {list_values(features)}",
            )
        numbers = []
        for name, check_cell, value in zip(features, cell_checks, row, strict=True):
            try:
                numbers.append(check_cell(value))
            except RefusedError as error:
                raise error.prefixed(f"{place}{name}: ") from None
        return numbers

    def check(matrix: Any) -> list[list[float]]:
        if not matrix:
            raise RefusedError(400, "shape", "the request contains no rows")
        try:
            rows = np.array(msgspec.convert({"rows": matrix}, numeric_type).rows, dtype=float)
        except (msgspec.ValidationError, OverflowError):
            # Either a mistake, to be named, or texts and booleans, which are allowed.
            return [check_row(row, f"row {i}: ") for i, row in enumerate(matrix)]
        table: list[list[float]] = rows.tolist()
        return table

    return check


def _numeric_matrix_type(columns: list[Column]) -> Any:
    """Return the type of a matrix of plain numbers, which msgspec checks quickly.

    It accepts nothing that the checks of :mod:`homestead.serving.inputs.field_checks` refuse.
    """
    cell_types: list[Any] = []
    for column in columns:
        low, high, multiple_of = None, None, None
        if column.type in ("boolean", "category"):
            low, high, multiple_of = 0.0, len(column.allowed or ("false", "true")) - 1.0, 1.0
        elif column.type == "integer":
            low, high = column.range or (-_MAX_EXACT_INTEGER, _MAX_EXACT_INTEGER)
            low = max(math.ceil(low), -_MAX_EXACT_INTEGER)
            high = min(math.floor(high), _MAX_EXACT_INTEGER)
            multiple_of = 1.0
        elif column.type == "timestamp":
            low, high = FIRST_SECOND, math.nextafter(END_SECOND, 0)
        elif column.range:
            low, high = column.range
        limits = msgspec.Meta(ge=low, le=high, multiple_of=multiple_of)
        cell_type: Any = Annotated[float, limits]
        cell_types.append(cell_type | None if column.nullable else cell_type)
    # A field of a class, because msgspec would look up a bare type anew each time, which costs
    # more than the check.
    row_type: Any = tuple[tuple(cell_types)]  # type: ignore[misc]
    return msgspec.defstruct("NumericMatrix", [("rows", list[row_type])])
