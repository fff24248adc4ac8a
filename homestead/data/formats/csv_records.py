"""Records of a CSV: how fields are separated and quoted, and the header."""

import csv
import io
from collections.abc import Iterator

from homestead.data.recognition.separators import recognise_separator
from homestead.data.sources.files import default_separator
from homestead.errors import UserError
from homestead.problem.sections.source_format import SourceFormat

_SEPARATOR_NAMES = {",": "a comma", "\t": "a tab", " ": "a space"}
# As YAML writes it.
_SEPARATOR_KEYS = {"\t": r'"\t"'}


class Dialect(csv.Dialect):
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
            if not is_blank(record):
                yield reader.line_num, record


def first_record(text: bytes, dialect: Dialect, uri: str) -> tuple[list[str], int]:
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


def require_distinct(header: list[str], uri: str) -> None:
    """Raise a ``UserError`` if a header has a name twice."""
    names = [name for name in header if name]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UserError(f"{uri}: the header has {', '.join(twice)} twice, allowed is once")


def is_blank(record: list[str]) -> bool:
    """Return whether a record is a line that is skipped."""
    return not record or (len(record) == 1 and not record[0].strip())
