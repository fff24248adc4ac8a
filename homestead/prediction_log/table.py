"""The prediction log in SQL: its tables, what is read from it, and what is forgotten."""

import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from homestead.database.engine import create_table
from homestead.prediction_log.spool import FeedbackEntry, LogLine, PredictionEntry

if TYPE_CHECKING:
    import pandas as pd

_TABLES = sa.MetaData()
PREDICTIONS = sa.Table(
    "predictions",
    _TABLES,
    sa.Column("prediction_id", sa.String(64), primary_key=True),
    sa.Column("row", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("problem", sa.String(64), nullable=False),
    sa.Column("version", sa.String(32), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("request_id", sa.Text),
    sa.Column("at", sa.Float(53), nullable=False),
    sa.Column("entity", sa.Text),
    sa.Column("features", sa.Text, nullable=False),
    sa.Column("prediction", sa.Float(53)),
    sa.Column("label", sa.Text),
    # The answered prediction that this one is compared with; NULL for an answered one.
    sa.Column("shadow_of", sa.String(64)),
    sa.Index("predictions_by_time", "problem", "at"),
)
# What became known later; ``prediction_id`` is the server's id or the client's own request id.
FEEDBACK = sa.Table(
    "feedback",
    _TABLES,
    sa.Column("feedback_id", sa.String(64), primary_key=True),
    sa.Column("row", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("problem", sa.String(64), nullable=False),
    sa.Column("at", sa.Float(53), nullable=False),
    sa.Column("prediction_id", sa.Text, nullable=False),
    sa.Column("truth", sa.Float(53)),
    sa.Column("truth_label", sa.Text),
    sa.Column("reward", sa.Float(53)),
    sa.Index("feedback_by_time", "problem", "at"),
)
_FORGET_ROWS = 5000


def create_tables(engine: sa.Engine) -> None:
    """Make the tables that are not there, and the columns that came later (all may be NULL)."""
    for table in _TABLES.sorted_tables:
        with engine.begin() as connection:
            create_table(connection, table)
        there = {column["name"] for column in sa.inspect(engine).get_columns(table.name)}
        for column in table.columns:
            if column.name not in there:
                kind = column.type.compile(engine.dialect)
                text = f'ALTER TABLE {table.name} ADD COLUMN "{column.name}" {kind}'
                with engine.begin() as connection:
                    connection.execute(sa.text(text))


def tables_exist(engine: sa.Engine) -> bool:
    """Whether the database has the tables; asks without a lock on them."""
    return set(_TABLES.tables) <= set(sa.inspect(engine).get_table_names())


def insert_lines(engine: sa.Engine, lines: Iterable[LogLine]) -> None:
    """Write lines; rows that are there already stay as they are, so it may be done again where it
    is not known how it ended."""
    rows: dict[sa.Table, list[dict[str, Any]]] = {PREDICTIONS: [], FEEDBACK: []}
    for line in lines:
        if isinstance(line, PredictionEntry):
            rows[PREDICTIONS] += _predictions(line)
        else:
            rows[FEEDBACK] += _feedback(line)
    write = _write_postgresql if engine.dialect.name == "postgresql" else _write_sqlite
    for table, some in rows.items():
        if some:
            write(engine, table, some)


def _write_postgresql(engine: sa.Engine, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    """One statement that is a transaction of its own, however many rows: where the connection
    breaks off, the database holds all or nothing, and no open transaction that keeps the rows from
    whoever writes them next. A pipeline of inserts takes longer, too, and ten times our time."""
    record: sa.ColumnElement[Any] = sa.literal_column(f"NULL::{table.name}")
    content = sa.cast(sa.bindparam("rows", type_=sa.Text), sa.JSON)
    names = [column.name for column in table.columns]
    given = sa.func.json_populate_recordset(record, content).table_valued(*names)
    statement = postgresql.insert(table).from_select(names, sa.select(given))
    with engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(
            statement.on_conflict_do_nothing(), {"rows": msgspec.json.encode(rows).decode()}
        )


def _write_sqlite(engine: sa.Engine, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    with engine.begin() as connection:
        connection.execute(sqlite.insert(table).on_conflict_do_nothing(), rows)


def _predictions(entry: PredictionEntry) -> Iterator[dict[str, Any]]:
    for number, values in enumerate(entry.features):
        features = dict(zip(entry.names, values, strict=True))
        yield {
            "prediction_id": entry.id,
            "row": number,
            "problem": entry.problem,
            "version": entry.version,
            "digest": entry.digest,
            "request_id": _text(entry.request_id),
            "at": entry.at,
            "entity": _text(entry.entities[number]) if entry.entities else None,
            "features": msgspec.json.encode(features).decode(),
            "prediction": entry.predictions[number],
            "label": entry.labels[number] if entry.labels else None,
            "shadow_of": entry.shadow_of,
        }


def _feedback(found: FeedbackEntry) -> Iterator[dict[str, Any]]:
    for number, truth in enumerate(found.truth or [None]):
        yield {
            "feedback_id": found.id,
            "row": number,
            "problem": found.problem,
            "at": found.at,
            "prediction_id": _text(found.prediction_id),
            "truth": None if isinstance(truth, str) else truth,
            "truth_label": _text(truth) if isinstance(truth, str) else None,
            "reward": found.reward,
        }


def _text(value: str | None) -> str | None:
    """A client's text without the one character that PostgreSQL can't hold: its line would never
    be shipped, nor those behind it."""
    return None if value is None else value.replace("\0", "\ufffd")


def delete_older_than(engine: sa.Engine, problem: str, days: float) -> int:
    """Remove a problem's rows that are older than ``days``, a few thousand at a time, so that
    those who write need not wait.

    Returns:
        Rows removed.
    """
    before, removed = time.time() - days * 86400, 0
    for table in (PREDICTIONS, FEEDBACK):
        keys = list(table.primary_key.columns)
        old = (
            sa.select(*keys)
            .where(table.c.problem == problem, table.c.at < before)
            .limit(_FORGET_ROWS)
        )
        while True:
            with engine.begin() as connection:
                gone = connection.execute(sa.delete(table).where(sa.tuple_(*keys).in_(old)))
            removed += gone.rowcount
            if gone.rowcount < _FORGET_ROWS:
                break
    return removed


def read_window(
    engine: sa.Engine,
    problem: str,
    since: datetime | None = None,
    until: datetime | None = None,
    last: int | None = None,
) -> "pd.DataFrame":
    """The model inputs of answered rows, oldest first.

    Args:
        since: inclusive, until: exclusive; without a zone they are UTC.
        last: only the newest rows of the window.

    Returns:
        One column a feature, float64, NaN for missing; no columns where nothing was logged, and
        none for sensitive features, whose values are not kept.
    """
    import pandas as pd

    if not sa.inspect(engine).has_table(PREDICTIONS.name):
        return pd.DataFrame()
    columns = PREDICTIONS.c
    query = sa.select(columns.features).where(
        columns.problem == problem, columns.shadow_of.is_(None)
    )
    if since is not None:
        query = query.where(columns.at >= _seconds(since))
    if until is not None:
        query = query.where(columns.at < _seconds(until))
    query = query.order_by(columns.at.desc(), columns.prediction_id, columns.row)
    if last is not None:
        query = query.limit(last)
    with engine.connect() as connection:
        rows = [msgspec.json.decode(found[0]) for found in connection.execute(query)]
    frame = pd.DataFrame(rows[::-1])
    hashed = [n for n in frame if frame[n].map(lambda value: isinstance(value, str)).any()]
    return frame.drop(columns=hashed).astype(float)


def _seconds(moment: datetime) -> float:
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
