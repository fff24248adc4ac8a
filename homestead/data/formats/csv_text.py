"""CSV as text: each field as it stands in the file, each row with its line number.

No field is guessed to be a number, a time or missing; the problem's types decide later.
"""

import csv
import io
from collections.abc import Collection, Iterator

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv

from homestead.data.formats.decoding import decode
from homestead.data.recognition.separators import recognise_separator
from homestead.data.sources.files import default_separator
from homestead.errors import UserError
from homestead.problem.sections.source_format import SourceFormat

LINE = "line"

# Longest header in characters, blank lines before it included.
_MAX_HEADER = 1_000_000
_SEPARATOR_NAMES = {",": "a comma", "\t": "a tab", " ": "a space"}
# As YAML writes it.
_SEPARATOR_KEYS = {"\t": r'"\t"'}
_BLOCK_BYTES = 8 * 2**20


def read_csv(
    content: bytes,
    uri: str,
    source_format: SourceFormat | None = None,
    columns: Collection[str] | None = None,
) -> pd.DataFrame:
    """Return the table as texts.

    Args:
        content: by default UTF-8, or Unicode with a byte order mark, with commas between fields.
        uri: the file's name in error messages.
        source_format: how it is written otherwise.
        columns: the columns of interest; others may be left out.

    Returns:
        Texts, an empty one where the field is empty. The index ``line`` holds the line on which
        each row begins, counted from 1; blank lines are skipped.

    Raises:
        UserError: the encoding or the separator is another one, a row has more fields than the
            header, or a column occurs twice.
    """
    source_format = source_format or SourceFormat()
    dialect = _Dialect(source_format, uri)
    text = decode(content, uri, source_format.encoding)
    start = _start_of_line(text, source_format.skip_lines)
    header, lines = _first_record(text[start : start + _MAX_HEADER], dialect, uri)
    if source_format.header is None:
        start += _start_of_line(text[start:], lines)
        lines += source_format.skip_lines
    else:
        header, lines = list(source_format.header), source_format.skip_lines
    _require_distinct(header, uri)
    body = text[start:] if start else text
    names = [name or f"Unnamed: {position}" for position, name in enumerate(header)]
    table = _read_plain(body, names, dialect, columns)
    if table is None:
        table = _read_any(body, names, lines, dialect, uri)
    table.index = _line_numbers(body, lines + 1, len(table), dialect)
    return table


class _Dialect(csv.Dialect):
    """How fields are separated and quoted."""

    lineterminator = "\n"

    def __init__(self, source_format: SourceFormat, uri: str) -> None:
        self.delimiter = source_format.separator or default_separator(uri)
        self.quotechar = source_format.quote or None
        self.quoting = csv.QUOTE_MINIMAL if source_format.quote else csv.QUOTE_NONE
        self.escapechar = source_format.escape
        self.doublequote = source_format.escape is None
        super().__init__()

    def records(self, text: str) -> Iterator[tuple[int, list[str]]]:
        """Yield each record that is not blank, and the number of lines up to its end."""
        reader = csv.reader(io.StringIO(text, newline=""), self)
        for record in reader:
            if not _is_blank(record):
                yield reader.line_num, record


def _start_of_line(text: bytes, lines: int) -> int:
    """Return the position after a number of lines."""
    start = 0
    for _ in range(lines):
        end = text.find(b"\n", start)
        if end < 0:
            return len(text)
        start = end + 1
    return start


def _first_record(text: bytes, dialect: _Dialect, uri: str) -> tuple[list[str], int]:
    """Return the first record, and the number of lines up to its end.

    Raises:
        UserError: another separator gives more fields.
    """
    beginning = text.decode(errors="ignore")
    try:
        lines, record = next(dialect.records(beginning), (0, []))
    except csv.Error:  # a quote that is never closed; pandas names it
        return [""], 1
    separator, fields = recognise_separator(beginning, dialect.quotechar or "")
    if separator != dialect.delimiter and fields > len(record):
        found, expected = (
            _SEPARATOR_NAMES.get(mark, repr(mark)) for mark in (separator, dialect.delimiter)
        )
        key = _SEPARATOR_KEYS.get(separator, f"{separator!r}")
        raise UserError(
            f"{uri}: the columns are separated by {found}, expected is {expected}; write"
            f" format: {{separator: {key}}}"
        )
    return record, lines


def _require_distinct(header: list[str], uri: str) -> None:
    names = [name for name in header if name]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UserError(f"{uri}: the header has {', '.join(twice)} twice, allowed is once")


def _read_plain(
    body: bytes, names: list[str], dialect: _Dialect, columns: Collection[str] | None
) -> pd.DataFrame | None:
    """Return the rows of a file in which all have the same number of fields, else None.

    Arrow reads them several times as fast as pandas, but it refuses rows with missing fields.
    """
    quotes = body.count(dialect.quotechar.encode()) if dialect.quotechar else 0
    # pandas skips lines of spaces, reads single carriage returns as ends of lines, and names a
    # quote that is never closed.
    if (
        (quotes % 2 and dialect.doublequote)
        or body.count(b"\r") != body.count(b"\r\n")
        or not names
        or len(names) == 1
    ):
        return None
    try:
        table = pa_csv.read_csv(
            pa.BufferReader(body),
            pa_csv.ReadOptions(column_names=names, block_size=_BLOCK_BYTES),
            pa_csv.ParseOptions(
                delimiter=dialect.delimiter,
                quote_char=dialect.quotechar or False,
                double_quote=dialect.doublequote,
                escape_char=dialect.escapechar or False,
                newlines_in_values=quotes > 0,
            ),
            pa_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                strings_can_be_null=False,
                check_utf8=False,
                include_columns=None
                if columns is None
                else [name for name in names if name in columns],
            ),
        )
    except (pa.ArrowInvalid, pa.ArrowKeyError):
        return None
    return pd.DataFrame(
        {
            name: pd.Series(pd.arrays.ArrowExtensionArray(table.column(name)))
            for name in table.column_names
        }
    )


def _read_any(
    body: bytes, names: list[str], lines: int, dialect: _Dialect, uri: str
) -> pd.DataFrame:
    """Return the rows; one with fewer fields than the header lacks the last ones.

    Raises:
        UserError: a row has more fields than the header, or a quote is never closed.
    """
    try:
        table = pd.read_csv(
            # Lines in errors are those of the file.
            io.BytesIO(b"\n" * lines + body),
            dtype=str,
            na_filter=False,
            names=names,
            header=None,
            encoding="utf-8",
            sep=dialect.delimiter,
            quotechar=dialect.quotechar or '"',
            quoting=dialect.quoting,
            escapechar=dialect.escapechar,
            doublequote=dialect.doublequote,
        )
    except ValueError as error:
        reason = str(error).strip().partition("C error: ")
        raise UserError(f"{uri}: not a csv table: {reason[2] or reason[0]}") from None
    if not isinstance(table.index, pd.RangeIndex):
        fields = len(names) + table.index.nlevels
        raise UserError(
            f"{uri}: the header has {len(names)} fields, rows have {fields}: is a name missing,"
            " or do numbers have decimal commas? Of the latter the fields need quotes or another"
            " separator, and format: {decimal: ','}"
        )
    return table.fillna("")


def _is_blank(record: list[str]) -> bool:
    return not record or (len(record) == 1 and not record[0].strip())


def _line_numbers(body: bytes, first: int, rows: int, dialect: _Dialect) -> pd.Index:
    """Return the line on which each row begins.

    Args:
        first: the line on which the body begins.
    """
    lines = body.count(b"\n") + (not body.endswith(b"\n"))
    if lines == rows:
        return pd.RangeIndex(first, rows + first, name=LINE)
    starts = []
    end = 0
    reader = csv.reader(io.StringIO(body.decode(), newline=""), dialect)
    for record in reader:
        if not _is_blank(record):
            starts.append(first + end)
        end = reader.line_num
    return pd.Index(starts, name=LINE)
