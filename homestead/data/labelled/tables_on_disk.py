"""Table and labelled predictions in files and in the database, which spills to disk."""

import json
import shutil
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from homestead.data.bad_values import BadValue, format_value
from homestead.data.checking.check_batch import RankedValue
from homestead.data.checking.store import run_query, sql_file
from homestead.data.checking.valid_rows import GROUP_ROWS
from homestead.data.duplicates import list_identity
from homestead.data.exact_frame import exact_frame
from homestead.data.ingest import REASON_COLUMN
from homestead.data.labelled.judged_rows import REPEATED, JudgedRows
from homestead.engine.background_writer import write_in_background
from homestead.problem.schema import Problem
from homestead.problem.split import required_timestamp

if TYPE_CHECKING:
    import duckdb

# Column of the valid rows that marks labelled predictions; there only if there are some.
LABELLED_COLUMN = "homestead.is_labelled"
_FETCHED_ROWS = 16_384
_POSITION, _PLACE, _REASON = "position", "place", "reason"
# Types of pandas without missing values, and those with.
_NULLABLE = {"int64": "Int64", "bool": "boolean"}
_PANDAS = b"pandas"


class LabelledTables:
    """Table and predictions as the database has them; columns are named by places in the table."""

    def __init__(
        self, connection: "duckdb.DuckDBPyConnection", table: Path, problem: Problem, folder: Path
    ) -> None:
        """Take the files.

        Args:
            table: Parquet file of the source's valid rows.
            folder: for files that are of use while these tables are.
        """
        self._connection, self._problem = connection, problem
        self._path = table
        self._asked, self._rows = folder / "asked.parquet", folder / "judged.parquet"
        self._schema = pq.read_schema(table)
        self._names = {name: f"c{i}" for i, name in enumerate(self._schema.names)}
        self._columns = ", ".join(self._names.values())
        # A scan of a file gives each row's place as its last column.
        source = sql_file(table).removesuffix(")")
        self._table = f"{source}, file_row_number = true) AS t({self._columns}, {_POSITION})"
        judged = f"{self._columns}, {_POSITION}, {_PLACE}, {_REASON}"
        self._judged = f"{sql_file(self._rows)} AS j({judged})"
        self._keys = [self._names[name] for name in problem.identity_columns]
        self._time = self._names[required_timestamp(problem)]

    def find_earlier(self, identities: Iterator[pd.DataFrame]) -> None:
        """Find each prediction's latest row of the table, and whether its outcome is there."""
        names = list(self._problem.identity_columns)
        schema = pa.schema([self._schema.field(name) for name in names]).remove_metadata()
        asked = pa.schema(
            [(_POSITION, pa.int64()), *((self._names[f.name], f.type) for f in schema)]
        )
        start = 0
        with pq.ParquetWriter(self._asked, asked) as writer:
            for identity in identities:
                found = pa.Table.from_pandas(identity[names], schema, preserve_index=False)
                places = pa.array(np.arange(start, start + len(identity)))
                writer.write_table(pa.table([places, *found.columns], schema=asked))
                start += len(identity)
        asked_rows, run = sql_file(self._asked), self._connection.execute
        same_key = " AND ".join(f"a.{k} = t.{k}" for k in self._keys if k != self._time)
        target = self._names[self._problem.target]
        run(
            f"CREATE TEMP TABLE latest AS SELECT a.{_POSITION}, t.{_POSITION} AS held"
            f" FROM {asked_rows} AS a ASOF JOIN {self._table}"
            f" ON {same_key or 'true'} AND a.{self._time} >= t.{self._time}"
        )
        same = " AND ".join(f"a.{key} = t.{key}" for key in self._keys)
        run(
            f"CREATE TEMP TABLE known AS SELECT a.{_POSITION} FROM {asked_rows} AS a"
            f" SEMI JOIN (SELECT * FROM {self._table} WHERE {target} IS NOT NULL) AS t ON {same}"
        )

    def earlier(self, rows: int) -> Iterator[pa.Table]:
        """Yield what the table held at each prediction's time, in tables of so many rows.

        They have the table's columns, and ``has_row`` and ``is_known``.
        """
        query = (
            f"SELECT {', '.join(f't.{c}' for c in self._names.values())},"
            f" latest.held IS NOT NULL AS has_row, known.{_POSITION} IS NOT NULL AS is_known"
            f" FROM {sql_file(self._asked)} AS a LEFT JOIN latest USING ({_POSITION})"
            f" LEFT JOIN {self._table} ON t.{_POSITION} = latest.held"
            f" LEFT JOIN known ON known.{_POSITION} = a.{_POSITION} ORDER BY a.{_POSITION}"
        )
        # Results go to a file at once, so that other queries may run while they are read.
        path = self._asked.with_name("earlier.parquet")
        with pq.ParquetWriter(path, self._earlier_schema()) as writer:
            for table in run_query(self._connection, query, rows):
                renamed = table.rename_columns(self._earlier_schema().names)
                writer.write_table(renamed.cast(self._earlier_schema()), rows)
        with pq.ParquetFile(path) as file:
            for group in range(file.num_row_groups):
                yield file.read_row_group(group).combine_chunks()

    def _earlier_schema(self) -> pa.Schema:
        schema = self._schema.remove_metadata()
        return schema.append(pa.field("has_row", pa.bool_())).append(
            pa.field("is_known", pa.bool_())
        )

    def keep(self, batches: Iterator[tuple[pd.DataFrame, np.ndarray, JudgedRows]]) -> None:
        """Write the judged rows whose outcome the table does not have."""
        fields = [(self._names[field.name], field.type) for field in self._schema]
        own = [(_POSITION, pa.int64()), (_PLACE, pa.string()), (_REASON, pa.string())]
        schema, start = pa.schema([*fields, *own]), 0
        types = self._schema.remove_metadata()
        with pq.ParquetWriter(self._rows, schema) as writer:
            for logged, is_new, judged in batches:
                found = pa.Table.from_pandas(
                    judged.rows[types.names], types, preserve_index=False, safe=True
                )
                names = zip(logged.prediction_id, logged.row, strict=True)
                columns = [
                    *found.columns,
                    pa.array(np.arange(start, start + len(logged))),
                    pa.array([f"{name}/{row}" for name, row in names], pa.string()),
                    pa.array(judged.reasons, pa.string()),
                ]
                writer.write_table(pa.table(columns, schema=schema).filter(pa.array(is_new)))
                start += len(logged)

    def find_repeated(self) -> Iterator[RankedValue]:
        """Yield the good predictions of a key and a time that an earlier good one has."""
        self._connection.execute(
            f"CREATE TEMP TABLE repeated AS SELECT {_POSITION} FROM {self._judged}"
            f" WHERE {_REASON} IS NULL QUALIFY"
            f" row_number() OVER (PARTITION BY {', '.join(self._keys)} ORDER BY {_POSITION}) > 1"
        )
        key = self._problem.key_columns[0]
        query = (
            f"SELECT {_POSITION}, {self._names[key]} AS key FROM {self._judged}"
            f" SEMI JOIN repeated USING ({_POSITION}) ORDER BY {_POSITION}"
        )
        for table in run_query(self._connection, query, _FETCHED_ROWS):
            frame = exact_frame(table)
            for row, value in zip(frame[_POSITION], frame["key"], strict=True):
                yield RankedValue(REPEATED, self._repeated(int(row), value))

    def _repeated(self, row: int, key: Any) -> BadValue:
        rule = f"another prediction of this {list_identity(self._problem)} counts"
        return BadValue(row, self._problem.key_columns[0], format_value(key), rule)

    def counts(self) -> tuple[int, int]:
        """Return the numbers of good and bad predictions."""
        query = f"SELECT count(*) FILTER ({_REASON} IS NULL), count(*) FROM {self._judged}"
        unbroken, rows = self._connection.execute(query).fetchall()[0]
        good = unbroken - self._connection.execute("SELECT count(*) FROM repeated").fetchall()[0][0]
        return good, rows - good

    def in_table(self) -> int:
        """Return how many predictions' outcomes the table has."""
        found = self._connection.execute("SELECT count(*) FROM known").fetchall()
        return int(found[0][0])

    def quarantine(self) -> Iterator[pd.DataFrame]:
        """Yield the bad predictions."""
        columns = {self._names[name]: name for name in self._problem.columns}
        query = (
            f"SELECT {', '.join(columns)}, {_PLACE}, {_REASON}, {_POSITION} FROM {self._judged}"
            f" WHERE {_REASON} IS NOT NULL OR {_POSITION} IN (SELECT {_POSITION} FROM repeated)"
            f" ORDER BY {_POSITION}"
        )
        key = self._names[self._problem.key_columns[0]]
        for table in run_query(self._connection, query, _FETCHED_ROWS):
            frame = exact_frame(table)
            texts = [
                str(self._repeated(0, value)) if reason is None else reason
                for reason, value in zip(frame[_REASON], frame[key], strict=True)
            ]
            places = pd.Index(frame[_PLACE], name="prediction")
            rows = frame[list(columns)].rename(columns=columns)
            yield rows.assign(**{REASON_COLUMN: texts}).set_index(places)

    def write_rows(self, path: Path, labelled: int) -> None:
        """Write the table's rows and good predictions.

        Args:
            labelled: number of good predictions.
        """
        if not labelled:
            shutil.copyfile(self._path, path)
            return
        good = (
            f"SELECT {self._columns}, true AS mark, {_POSITION} FROM {self._judged}"
            f" ANTI JOIN repeated USING ({_POSITION}) WHERE {_REASON} IS NULL"
        )
        counts = ", ".join(f"count({column})" for column in self._names.values())
        present = self._connection.execute(f"SELECT {counts} FROM ({good})").fetchall()[0]
        lacking = {
            name for name, count in zip(self._names, present, strict=True) if count < labelled
        }
        order = ", ".join(f"{key} NULLS LAST" for key in self._keys)
        query = (
            f"SELECT {self._columns}, mark FROM"
            f" (SELECT {self._columns}, false AS mark, {_POSITION} FROM {self._table}"
            f" UNION ALL {good}) ORDER BY {order}, mark, {_POSITION}"
        )
        schema = _marked_schema(self._schema, lacking)
        with write_in_background(path, schema) as writer:
            for table in run_query(self._connection, query, GROUP_ROWS):
                writer.write(table.rename_columns(schema.names).cast(schema), GROUP_ROWS)


def _marked_schema(schema: pa.Schema, lacking: Collection[str]) -> pa.Schema:
    """Return the schema of a table with labelled predictions.

    Args:
        schema: of the table without them, with the types that pandas reads it in.
        lacking: columns in which a prediction has no value.
    """
    described = json.loads((schema.metadata or {})[_PANDAS])
    for column in described["columns"]:
        if column["name"] in lacking:
            kind = column["numpy_type"]
            column["numpy_type"] = _NULLABLE.get(kind, kind)
    mark = {"name": LABELLED_COLUMN, "field_name": LABELLED_COLUMN}
    types = {"pandas_type": "bool", "numpy_type": "bool", "metadata": None}
    described["columns"].append(mark | types)
    marked = schema.append(pa.field(LABELLED_COLUMN, pa.bool_()))
    return marked.with_metadata({_PANDAS: json.dumps(described).encode()})
