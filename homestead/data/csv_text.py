"""CSV as text: each field as it stands in the file, each row with its line number.

No field is guessed to be a number, a time or missing; the problem's types decide later.
"""

import codecs
import csv
import io
import re

import pandas as pd

from homestead.errors import UserError

LINE = "line"

# Longest header in characters, blank lines before it included.
_MAX_HEADER = 1_000_000
_SEPARATOR_NAMES = {";": "';'", "\t": "a tab", "|": "'|'"}
# UTF-32 first: its little-endian mark begins with that of UTF-16.
_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def read_csv(content: bytes, uri: str) -> pd.DataFrame:
    """Return the table as texts.

    Args:
        content: UTF-8, or Unicode with a byte order mark; fields are separated by commas.
        uri: the file's name in error messages.

    Returns:
        Texts, an empty one where the field is empty. The index ``line`` holds the line on which
        each row begins, counted from 1; blank lines are skipped.

    Raises:
        UserError: the encoding or the separator is another one, a row has more fields than the
            header, or a column occurs twice.
    """
    encoding, text = _decode(content, uri)
    header = _header(text, uri)
    try:
        table = pd.read_csv(io.BytesIO(content), dtype=str, na_filter=False, encoding=encoding)
    except ValueError as error:
        reason = str(error).strip().partition("C error: ")
        raise UserError(f"{uri}: not a csv table: {reason[2] or reason[0]}") from None
    if not isinstance(table.index, pd.RangeIndex):
        fields = len(header) + table.index.nlevels
        raise UserError(
            f"{uri}: the header has {len(header)} fields, rows have {fields}: is a name missing,"
            " or do numbers have decimal commas? Allowed are decimal points"
        )
    table.index = _line_numbers(text, len(table))
    return table


def _decode(content: bytes, uri: str) -> tuple[str, str]:
    """Return the encoding's name and the text."""
    marks = [mark for mark in _BYTE_ORDER_MARKS if content.startswith(mark)]
    encoding = _BYTE_ORDER_MARKS[marks[0]] if marks else "utf-8"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        # The word around the byte, as the most common encoding of spreadsheets reads it.
        around = content[max(0, error.start - 20) : error.start + 20].decode("cp1252", "replace")
        before, after = around[: min(20, error.start)], around[min(20, error.start) :]
        word = re.split(r"[\W_]", before)[-1] + re.split(r"[^\w]", after)[0]
        raise UserError(
            f"{uri}: line {line}: found byte 0x{content[error.start]:02x}, which is not UTF-8"
            f" (in Windows-1252, Latin-1's superset, it would read {word!r}); allowed is UTF-8:"
            " save the file in it, or run iconv -f WINDOWS-1252 -t UTF-8"
        ) from None
    if "\0" in text:
        raise UserError(
            f"{uri}: found NUL characters: UTF-16 without a byte order mark, or no text at all;"
            " allowed is UTF-8"
        )
    return encoding, text


def _header(text: str, uri: str) -> list[str]:
    """Return the names of the columns, or raise if they are separated by something else."""
    header = _first_record(text, ",")
    for separator, name in _SEPARATOR_NAMES.items():
        if len(_first_record(text, separator)) > len(header):
            raise UserError(
                f"{uri}: the columns are separated by {name}, allowed is a comma, with decimal"
                " points in numbers; save the file as 'CSV, comma separated'"
            )
    names = [name for name in header if name]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UserError(f"{uri}: the header has {', '.join(twice)} twice, allowed is once")
    return header


def _first_record(text: str, separator: str) -> list[str]:
    start = text[:_MAX_HEADER].removeprefix("\ufeff")
    reader = csv.reader(io.StringIO(start, newline=""), delimiter=separator)
    try:
        return next((record for record in reader if not _is_blank(record)), [])
    except csv.Error:
        return []  # a quote that is never closed; pandas names it


def _is_blank(record: list[str]) -> bool:
    return not record or (len(record) == 1 and not record[0].strip())


def _line_numbers(text: str, rows: int) -> pd.Index:
    lines = text.count("\n") + (not text.endswith("\n"))
    if lines == rows + 1:
        return pd.RangeIndex(2, rows + 2, name=LINE)
    starts = []
    start = 1
    reader = csv.reader(io.StringIO(text, newline=""))
    for record in reader:
        if not _is_blank(record):
            starts.append(start)
        start = reader.line_num + 1
    return pd.Index(starts[1:], name=LINE)
