"""Format of a source, by the content of its file."""

import csv
import io
import json
import re
from collections.abc import Iterable
from itertools import islice

from homestead.data.recognition.encodings import marked_encoding, recognise_encoding
from homestead.data.recognition.separators import recognise_separator
from homestead.data.sources.compression import decompress
from homestead.data.sources.files import default_separator, file_type
from homestead.problem.sections.source_format import SourceFormat

# Characters of the text that is looked at; whole files of usual size.
_MAX_CHARACTERS = 20_000_000
_RECORDS = 20_000
_DECIMAL_COMMA = re.compile(r"\s*[+-]?([0-9]{1,3}([. '’\u00a0\u202f][0-9]{3})+|[0-9]+),[0-9]+\s*")
_POINT = re.compile(r"\s*[+-]?([0-9]{1,3}(,[0-9]{3})+|[0-9]+)\.[0-9]+\s*")
_SPACES = "\u00a0\u202f"


def recognise_format(content: bytes, name: str = "") -> SourceFormat:
    """Return how a file seems to be written; only what differs from the defaults is set.

    Args:
        content: the file or its beginning, compressed or not.
        name: the file's name, whose extension need not be repeated as a type.

    Returns:
        The type if the extension does not tell it, and of a CSV its encoding, separator and
        decimal mark. Thousands' marks are set only where another form of number proves them.
    """
    if content.startswith(b"PAR1"):
        return _stated(type=None if file_type(name) == "parquet" else "parquet")
    content = decompress(content, name or "the table")
    encoding = recognise_encoding(content)
    text = _decoded(content, encoding)
    named = file_type(name)
    if named == "json_lines" or (named is None and _is_json_lines(text)):
        return _stated(type=None if named else "json_lines", encoding=encoding)
    separator, _ = recognise_separator(text)
    fields = _fields(text, separator)
    decimal, thousands = recognise_decimal(fields) or (".", None)
    default = default_separator(name)
    return _stated(
        type=None if named else "csv",
        encoding=encoding,
        separator=None if separator == default else separator,
        decimal=decimal,
        thousands=thousands,
    )


def recognise_decimal(texts: Iterable[str]) -> tuple[str, str | None] | None:
    """Return the decimal mark and the mark between thousands of the numbers among some texts.

    ``1,234`` alone proves neither: it counts as a number with a decimal comma only beside others
    that can be nothing else, such as ``1,5``.

    Returns:
        None if no number has a mark, or if some prove a comma and others a point.
    """
    commas = points = 0
    marks: set[str] = set()
    for text in texts:
        if _POINT.fullmatch(text):
            points += not _is_group(text, ".")
            marks |= {","} if "," in text else set()
        elif _DECIMAL_COMMA.fullmatch(text):
            commas += not _is_group(text, ",")
            marks |= set(text.strip().lstrip("+-")) - set("0123456789,")
    if bool(commas) == bool(points):
        return None
    marks = {" " if mark in _SPACES else "'" if mark == "’" else mark for mark in marks}
    decimal = "," if commas else "."
    thousands = next(iter(marks - {decimal}), None)
    return decimal, thousands


def _is_group(text: str, mark: str) -> bool:
    """Return whether a number's only mark may as well be one of thousands."""
    return re.fullmatch(rf"\s*[+-]?[0-9]{{1,3}}[{mark}][0-9]{{3}}\s*", text) is not None


def _stated(**keys: str | None) -> SourceFormat:
    defaults = SourceFormat()
    return SourceFormat.model_validate(
        {key: value for key, value in keys.items() if value not in (None, getattr(defaults, key))}
    )


def _decoded(content: bytes, encoding: str) -> str:
    text = content[: 4 * _MAX_CHARACTERS].decode(
        marked_encoding(content) or encoding, errors="ignore"
    )
    return text.removeprefix("\ufeff")[:_MAX_CHARACTERS]


def _is_json_lines(text: str) -> bool:
    first = text.lstrip().partition("\n")[0]
    try:
        return isinstance(json.loads(first), dict)
    except (ValueError, RecursionError):
        return False


def _fields(text: str, separator: str) -> Iterable[str]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        for record in islice(reader, 1, _RECORDS):
            yield from record
    except csv.Error:
        return
