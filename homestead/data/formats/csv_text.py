"""CSV as text: each field as it stands in the file, each row with its line number.

No field is guessed to be a number, a time or missing; the problem's types decide later.
"""

import csv
import io
from array import array
from collections.abc import Callable, Collection, Iterator
from typing import BinaryIO

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv

from homestead.data.formats.csv_marks import AfterLines, count_marks
from homestead.data.formats.csv_records import Dialect, first_record, is_blank, require_distinct
from homestead.data.formats.decoding import decode
from homestead.errors import UserError
from homestead.problem.sections.source_format import SourceFormat

LINE = "line"

# Longest header in characters, blank lines before it included.
_MAX_HEADER = 1_000_000
# Arrow reads 32 blocks ahead of who takes the rows, as bytes that its pool does not count.
_BLOCK_BYTES = 2**20
_CHUNK_ROWS = 50_000


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
    text = decode(content, uri, source_format.encoding)
    table = CsvTable(lambda: io.BytesIO(text), uri, source_format)
    parts = list(table.batches(columns))
    rows = pa.concat_tables(parts) if parts else table.empty(columns)
    frame = pd.DataFrame(
        {
            name: pd.Series(pd.arrays.ArrowExtensionArray(rows.column(name)))
            for name in rows.column_names
        }
    )
    frame.index = table.line_numbers(len(frame))
    return frame


class CsvTable:
    """A CSV in UTF-8, read in batches.

    Attributes:
        names: of its columns.
    """

    def __init__(
        self, open_file: Callable[[], BinaryIO], uri: str, source_format: SourceFormat
    ) -> None:
        """Read the header.

        Args:
            open_file: opens the text, whose bytes are UTF-8 without a byte order mark.
            uri: the file's name in error messages.

        Raises:
            UserError: the separator is another one, or a column occurs twice.
        """
        self._open, self._uri = open_file, uri
        self._dialect = Dialect(source_format, uri)
        with open_file() as file:
            self._lines = source_format.skip_lines
            for _ in range(source_format.skip_lines):
                file.readline()
            self._start = file.tell()
            header, lines = first_record(file.read(_MAX_HEADER), self._dialect, uri)
            if source_format.header is None:
                file.seek(self._start)
                for _ in range(lines):
                    file.readline()
                self._start = file.tell()
                self._lines += lines
            else:
                header = list(source_format.header)
        require_distinct(header, uri)
        self.names = [name or f"Unnamed: {position}" for position, name in enumerate(header)]
        self._body = count_marks(self._open_body, self._dialect.quotechar)

    def batches(self, columns: Collection[str] | None = None) -> Iterator[pa.Table]:
        """Yield the rows in order, in columns of texts; an empty one where the field is empty.

        Args:
            columns: of interest; others may be left out.

        Raises:
            UserError: a row has more fields than the header, or a quote is never closed.
        """
        rows = 0
        if self._is_plain():
            try:
                for batch in self._plain_batches(columns):
                    rows += batch.num_rows
                    yield batch
            except (pa.ArrowInvalid, pa.ArrowKeyError):
                pass
            else:
                return
        # Arrow refuses rows with missing fields. What it has read, pandas reads alike.
        for batch in self._any_batches(columns):
            skipped = min(rows, batch.num_rows)
            rows -= skipped
            if skipped < batch.num_rows:
                yield batch.slice(skipped)

    def empty(self, columns: Collection[str] | None = None) -> pa.Table:
        """Return a table without rows."""
        names = self._wanted(columns)
        return pa.table({name: pa.array([], pa.string()) for name in names})

    def line_numbers(self, rows: int) -> pd.Index:
        """Return the line on which each row begins, counted from 1.

        Args:
            rows: the number of all rows.
        """
        first = self._lines + 1
        if self._body.lines == rows:
            return pd.RangeIndex(first, rows + first, name=LINE)
        starts, end = array("q"), 0
        with self._open_body() as body:
            reader = csv.reader(io.TextIOWrapper(body, "utf-8", newline=""), self._dialect)
            for record in reader:
                if not is_blank(record):
                    starts.append(first + end)
                end = reader.line_num
        return pd.Index(np.frombuffer(starts, np.int64), name=LINE)

    def _open_body(self) -> BinaryIO:
        file = self._open()
        file.seek(self._start)
        return file

    def _wanted(self, columns: Collection[str] | None) -> list[str]:
        return [name for name in self.names if columns is None or name in columns]

    def _is_plain(self) -> bool:
        """Return whether Arrow may read the file, which it does several times as fast as pandas."""
        # pandas skips lines of spaces, reads single carriage returns as ends of lines, and names a
        # quote that is never closed.
        is_open = self._body.quotes % 2 and self._dialect.doublequote
        return not is_open and not self._body.returns and len(self.names) > 1

    def _plain_batches(self, columns: Collection[str] | None) -> Iterator[pa.Table]:
        dialect = self._dialect
        wanted = self._wanted(columns)
        with self._open_body() as body:
            try:
                reader = pa_csv.open_csv(
                    pa.PythonFile(body, "r"),
                    pa_csv.ReadOptions(column_names=self.names, block_size=_BLOCK_BYTES),
                    pa_csv.ParseOptions(
                        delimiter=dialect.delimiter,
                        quote_char=dialect.quotechar or False,
                        double_quote=dialect.doublequote,
                        escape_char=dialect.escapechar or False,
                        newlines_in_values=self._body.quotes > 0,
                    ),
                    pa_csv.ConvertOptions(
                        column_types=dict.fromkeys(self.names, pa.string()),
                        strings_can_be_null=False,
                        check_utf8=False,
                        include_columns=wanted,
                    ),
                )
            except pa.ArrowInvalid as error:
                if "Empty CSV file" in str(error):
                    return
                raise
            with reader:
                for batch in reader:
                    yield pa.Table.from_batches([batch])

    def _any_batches(self, columns: Collection[str] | None) -> Iterator[pa.Table]:
        """Yield the rows; one with fewer fields than the header lacks the last ones."""
        dialect, names = self._dialect, self.names
        try:
            with (
                self._open_body() as body,
                pd.read_csv(
                    # Lines in errors are those of the file.
                    io.BufferedReader(AfterLines(self._lines, body)),
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
                    chunksize=_CHUNK_ROWS,
                ) as reader,
            ):
                for frame in reader:
                    _require_same_fields(frame, names, self._uri)
                    texts = frame[self._wanted(columns)].fillna("")
                    yield pa.table({name: pa.array(texts[name], pa.string()) for name in texts})
        except ValueError as error:
            reason = str(error).strip().partition("C error: ")
            raise UserError(f"{self._uri}: not a csv table: {reason[2] or reason[0]}") from None


def _require_same_fields(table: pd.DataFrame, names: list[str], uri: str) -> None:
    if not isinstance(table.index, pd.RangeIndex):
        fields = len(names) + table.index.nlevels
        raise UserError(
            f"{uri}: the header has {len(names)} fields, rows have {fields}: is a name missing,"
            " or do numbers have decimal commas? Of the latter the fields need quotes or another"
            " separator, and format: {decimal: ','}"
        )
