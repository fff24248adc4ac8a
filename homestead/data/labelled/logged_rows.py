"""Labelled predictions as a run records them: a table that needs neither log nor models."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from homestead.data.checking.store import tables_of
from homestead.problem.contract import Contract
from homestead.problem.entity_keys import MAX_EXACT_FLOAT

# Columns of the table. ``values`` is a JSON object: the source's columns that the log tells, null
# if they were missing; a time is in seconds since 1970. ``reason`` says why it tells nothing.
LOGGED_COLUMNS = (
    *("prediction_id", "row", "version", "at", "entity", "truth", "labelled_at"),
    *("values", "reason"),
)


def logged_values(features: Mapping[str, Any], contract: Contract) -> str:
    """Return the source's columns among a logged row's inputs, as the JSON text of ``values``.

    What the log does not tell is left out: sensitive inputs, of which it holds a hash or nothing;
    categories that the model had not learnt; and whole numbers that a double does not hold.

    Args:
        features: the model's inputs by name, as logged.
        contract: of the model that predicted, in whose codes categories are.
    """
    values: dict[str, Any] = {}
    for name, value in features.items():
        column = contract.columns.get(name)
        if column is None or isinstance(value, str):
            continue
        if value is None:
            # A category that was not learnt may count as missing.
            if not column.takes_unseen:
                values[name] = None
        elif column.type == "category":
            allowed = column.allowed or ()
            if value != column.unseen_code and 0 <= value < len(allowed):
                values[name] = allowed[int(value)]
        elif column.type == "integer":
            if abs(value) < MAX_EXACT_FLOAT and value % 1 == 0:
                values[name] = int(value)
        else:
            values[name] = bool(value) if column.type == "boolean" else value
    return json.dumps(values, sort_keys=True)


class LoggedWriter:
    """Writes the table to a Parquet file, batch by batch; the same batches give the same bytes."""

    def __init__(self, path: Path, *, is_regression: bool) -> None:
        """Open the file.

        Args:
            is_regression: whether outcomes are numbers; else they are classes as text.
        """
        self.rows = 0
        self._schema = _schema(is_regression)
        self._file = pq.ParquetWriter(path, self._schema)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    def write(self, rows: pd.DataFrame) -> None:
        """Write some rows, in the columns :data:`LOGGED_COLUMNS`."""
        names = list(LOGGED_COLUMNS)
        table = pa.Table.from_pandas(rows[names], self._schema, preserve_index=False)
        self._file.write_table(table.replace_schema_metadata(self._schema.metadata))
        self.rows += len(rows)


def read_logged(
    path: Path, rows: int, columns: Sequence[str] = LOGGED_COLUMNS
) -> Iterator[pd.DataFrame]:
    """Yield the table of a file in frames of so many rows, the last of fewer; an index from 0."""
    with pq.ParquetFile(path) as file:
        for table in tables_of(file.iter_batches(rows, columns=list(columns)), rows):
            yield table.to_pandas(ignore_metadata=True)


def _schema(is_regression: bool) -> pa.Schema:
    texts = dict.fromkeys(LOGGED_COLUMNS, "")
    sample: dict[str, object] = {**texts, "row": 0, "at": 0.0, "labelled_at": 0.0}
    sample["truth"] = 0.0 if is_regression else ""
    return pa.Schema.from_pandas(pd.DataFrame([sample]), preserve_index=False)
