"""JSON lines: an object a line, whose integers and texts are exact."""

import json
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
    rows: list[dict[str, Any]] = []
    lines: list[int] = []
    # Not splitlines, which also splits at characters that JSON allows within a text.
    for number, line in enumerate(decode(content, uri, encoding).split(b"\n"), 1):
        if line and not line.isspace():
            rows.append(_parse_object(line, f"{uri}: line {number}"))
            lines.append(number)
    names = dict.fromkeys(name for row in rows for name in row)
    table = {
        name: pd.Series([_plain(row.get(name)) for row in rows], dtype=object) for name in names
    }
    return pd.DataFrame(table).set_index(pd.Index(lines, name=LINE))


def _parse_object(line: bytes, place: str) -> dict[str, Any]:
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
