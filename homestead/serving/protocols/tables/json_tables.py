"""Rows and columns in JSON, as TensorFlow Serving, KServe and MLflow write them."""

from typing import Any, NamedTuple

from homestead.serving.errors import RefusedError
from homestead.serving.protocols.json_body import (
    check_common_row_count,
    check_row_count,
    named_rows,
)

# Name of the matrix in the metadata.
MATRIX = "X"


class Table(NamedTuple):
    """Either rows of named fields or a matrix of model inputs; not checked yet."""

    rows: list[dict[str, Any]] | None
    matrix: list[list[Any]] | None = None


def parse_rows(rows: Any, where: str) -> Table:
    """Return a list of objects, whose values may be lists of one value, or of lists.

    Raises:
        RefusedError: it is no list.
    """
    if not isinstance(rows, list):
        raise RefusedError(400, "shape", f"{where}: allowed is a list of objects or of rows")
    if rows and isinstance(rows[0], dict):
        check_row_count(len(rows))
        return Table([_unwrap_values(row) for row in rows])
    return Table(None, rows)


def _unwrap_values(row: Any) -> Any:
    """Return a row whose values are single, as Keras' models take them: ``{"plan": ["pro"]}``."""
    if not isinstance(row, dict) or list not in map(type, row.values()):
        return row
    return {name: _unwrap(value) for name, value in row.items()}


def _unwrap(value: Any) -> Any:
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def parse_columns(columns: Any, where: str) -> Table:
    """Return a table from an object of columns, or from what :func:`parse_rows` takes.

    A column's values may be lists of one value. A single column of longer lists, or of the
    matrix's name, is the matrix.

    Raises:
        RefusedError: they are none, or not of one length.
    """
    if isinstance(columns, list):
        return parse_rows(columns, where)
    if not isinstance(columns, dict) or not columns:
        raise RefusedError(
            400, "shape", f"{where}: allowed is an object of lists, or a list of rows"
        )
    for name, values in columns.items():
        if not isinstance(values, list):
            raise RefusedError(400, "shape", f"{where}.{name[:60]}: allowed is a list of values")
    check_common_row_count(columns.values(), where)
    if len(columns) == 1:
        ((name, values),) = columns.items()
        if values and isinstance(values[0], list) and (name == MATRIX or len(values[0]) > 1):
            return Table(None, values)
    plain = [
        [_unwrap(value) for value in values] if values and type(values[0]) is list else values
        for values in columns.values()
    ]
    return Table([dict(zip(columns, row, strict=True)) for row in zip(*plain, strict=True)])


def parse_split(table: Any, where: str) -> Table:
    """Return a table from pandas' ``split`` form: ``columns`` and ``data``; others are ignored.

    Without names of columns, ``data`` is the matrix.

    Raises:
        RefusedError: the form is another one.
    """
    if not isinstance(table, dict) or not isinstance(table.get("data"), list):
        raise RefusedError(
            400, "shape", f"{where}: allowed is an object of columns and data, a list of rows"
        )
    names, data = table.get("columns"), table["data"]
    # pandas numbers the columns of a table without names.
    if names is None or names == list(range(len(names) if isinstance(names, list) else 0)):
        return Table(None, data)
    return Table(named_rows(names, data, f"{where}.columns"))
