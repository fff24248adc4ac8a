"""A connection that runs SQLAlchemy's statements on DuckDB."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Self

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.engine.result import IteratorResult, SimpleResultMetaData
from sqlalchemy.sql import visitors

from homestead.prediction_log.tables import PREDICTIONS

if TYPE_CHECKING:
    import duckdb

# DuckDB reads PostgreSQL's SQL. Values are bound, so that no double loses a bit on its way.
_DIALECT = PGDialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
_ROWS_PER_FETCH = 10_000
_LABELS = "labels"


class ParquetConnection:
    """Statements about predictions, and labels beside them, on DuckDB; others on the database.

    It has what our readers use of a connection of SQLAlchemy.
    """

    def __init__(
        self,
        database: "duckdb.DuckDBPyConnection",
        connection: sa.Connection,
        select_labels: Callable[[sa.Table], sa.Select[Any]],
    ) -> None:
        """Take two connections.

        Args:
            database: has a table ``predictions``.
            select_labels: returns a statement, for the other database, that reads the labels of
                these predictions.
        """
        self._database = database
        self._connection = connection
        self._select_labels = select_labels
        self._has_labels = False

    def execution_options(self, **_: Any) -> Self:
        """Return this connection: rows are always read in parts."""
        return self

    def execute(self, statement: sa.Select[Any]) -> "sa.Result[*tuple[Any, ...]]":
        """Run a statement.

        Raises:
            SQLAlchemyError: the database cannot be read.
            duckdb.Error: the files cannot be read.
        """
        parts = visitors.iterate(statement)
        tables = {part.name: part for part in parts if isinstance(part, sa.Table)}
        if PREDICTIONS.name not in tables:
            return self._connection.execute(statement)
        if _LABELS in tables and not self._has_labels:
            self._load(tables[_LABELS])
            self._has_labels = True
        compiled = statement.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
        names: Sequence[str] = compiled.positiontup or ()
        values = compiled.params
        # A cursor of its own, so that two results may be read side by side.
        cursor = self._database.cursor()
        cursor.execute(str(compiled), [values[name] for name in names])
        columns = [column[0] for column in cursor.description or ()]
        return IteratorResult(SimpleResultMetaData(columns), _rows(cursor))

    def scalar(self, statement: sa.Select[Any]) -> Any:
        """Return the first column of the first row, None without one."""
        return self.execute(statement).scalar()

    def _load(self, labels: sa.Table) -> None:
        """Copy labels to DuckDB: there they are joined to predictions."""
        import pandas as pd

        types = {"FLOAT": "DOUBLE", "INTEGER": "INTEGER"}
        columns = ", ".join(
            f'"{column.name}" {types.get(str(column.type).partition("(")[0], "VARCHAR")}'
            for column in labels.columns
        )
        self._database.execute(f"CREATE TABLE labels ({columns})")
        names = [column.name for column in labels.columns]
        query = self._select_labels(labels).execution_options(yield_per=_ROWS_PER_FETCH)
        for part in self._connection.execute(query).partitions():
            frame = pd.DataFrame(list(part), columns=names)
            self._database.register("part", frame)
            self._database.execute("INSERT INTO labels SELECT * FROM part")
            self._database.unregister("part")


def _rows(cursor: "duckdb.DuckDBPyConnection") -> Iterator[tuple[Any, ...]]:
    while rows := cursor.fetchmany(_ROWS_PER_FETCH):
        yield from rows
