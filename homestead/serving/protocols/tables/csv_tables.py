"""Tables in CSV: names in the first line, then one row a line."""

import csv
import io
import re
from collections.abc import Iterable
from typing import Any

from homestead.serving.errors import RefusedError
from homestead.serving.protocols.json_body import refuse_duplicate_names
from homestead.serving.request_limits import MAX_ROWS

# As JSON writes them: a category such as 007 stays a text.
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,18})")
_NUMBER = re.compile(r"-?((0|[1-9][0-9]*)(\.[0-9]+)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_MISSING = ("", "NaN", "nan")


def parse_csv(body: bytes) -> list[dict[str, Any]]:
    """Return rows of named fields. Empty cells and NaN are None; numbers become numbers.

    A column without a name, the index that pandas writes, is left out.

    Raises:
        RefusedError: the table is no CSV in UTF-8, its names are not distinct, a row has another
            number of cells, or there are too many.
    """
    try:
        lines = csv.reader(io.StringIO(body.decode(), newline=""), strict=True)
        names = next(lines, [])
        if not any(names):
            raise RefusedError(400, "csv", "the first line is empty, allowed are names of fields")
        refuse_duplicate_names([name for name in names if name], "")
        return _parse_lines(names, lines)
    except (UnicodeDecodeError, csv.Error) as error:
        raise RefusedError(400, "csv", f"the body is not CSV in UTF-8: {error}") from None


def _parse_lines(names: list[str], lines: Iterable[list[str]]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for cells in lines:
        if not cells:  # a blank line
            continue
        if len(rows) == MAX_ROWS:
            raise RefusedError(
                413, "size", f"found more than {MAX_ROWS} rows, allowed are up to {MAX_ROWS}"
            )
        if len(cells) != len(names):
            raise RefusedError(
                400, "shape", f"row {len(rows)}: found {len(cells)} cells, allowed are {len(names)}"
            )
        pairs = zip(names, cells, strict=True)
        rows.append({name: _parse_cell(cell) for name, cell in pairs if name})
    return rows


def _parse_cell(cell: str) -> Any:
    if cell in _MISSING:
        return None
    if _INTEGER.fullmatch(cell):
        return int(cell)
    return float(cell) if _NUMBER.fullmatch(cell) else cell
