"""JSON lines: an object a line, whose integers and texts are exact."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

import pandas as pd

from homestead.data.formats.csv_text import LINE
from homestead.data.formats.decoding import decode
from homestead.errors import UserError


def read_json_lines(content: bytes, uri: str, encoding: str = "utf-8") -> pd.DataFrame:
    """Return the table; a column that an object lacks is missing in its row.

    Returns:
        Values as JSON has them, in columns of objects, lists and objects as their text. The index
        ``line`` holds each row's line, counted from 1; blank lines are skipped.

    Raises:
        UserError: the encoding is another one, or a line is not an object in JSON.
    """
    # Not splitlines, which also splits at characters that JSON allows within a text.
    lines = decode(content, uri, encoding).split(b"\n")
    return next(json_batches(lines, uri, len(lines)), pd.DataFrame(index=pd.Index([], name=LINE)))


def json_batches(lines: Iterable[bytes], uri: str, rows: int) -> Iterator[pd.DataFrame]:
    """Yield the rows in order, as :func:`read_json_lines` returns them.

    Args:
        lines: of the file, in UTF-8.
        rows: largest number of a batch.

    Raises:
        UserError: a line is not an object in JSON.
    """
    objects: list[dict[str, Any]] = []
    numbers: list[int] = []
    for number, line in enumerate(lines, 1):
        if line and not line.isspace():
            objects.append(parse_object(line, f"{uri}: line {number}"))
            numbers.append(number)
            if len(objects) == rows:
                yield _frame(objects, numbers)
                objects, numbers = [], []
    if objects:
        yield _frame(objects, numbers)


def _frame(objects: list[dict[str, Any]], lines: list[int]) -> pd.DataFrame:
    names = dict.fromkeys(name for row in objects for name in row)
    table = {
        name: pd.Series([_plain(row.get(name)) for row in objects], dtype=object) for name in names
    }
    return pd.DataFrame(table).set_index(pd.Index(lines, name=LINE))


def parse_object(line: bytes, place: str) -> dict[str, Any]:
    """Return the object of a line.

    Args:
        place: the line's file and number, for messages.

    Raises:
        UserError: the line is no object in JSON.
    """
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        hint = "; allowed is an object a line (jq -c '.[]' makes them of a list)"
        raise UserError(f"{place}: not JSON: {error}{hint}") from None
    if not isinstance(row, dict):
        raise UserError(
            f"{place}: found a {type(row).__name__}, allowed is an object a line"
            " (jq -c '.[]' makes them of a list)"
        )
    return row


def _plain(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, list | dict) else value
