"""Writing lines of the prediction log to SQL."""

import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from homestead.prediction_log.entries import (
    FailureEntry,
    FeedbackEntry,
    LogLine,
    PredictionEntry,
)
from homestead.prediction_log.tables import FEEDBACK, PREDICTIONS, RELEASE_FAILURES

_Row = dict[str, Any]


# The database is well and refuses values, or the lists of a line differ in length. Everything else
# (no connection, a full disk, a missing table) concerns every line and passes with time.
_FAULTS_OF_LINES = (
    sa.exc.IntegrityError,
    sa.exc.DataError,
    ValueError,
    TypeError,
    IndexError,
    OverflowError,
)


class RejectedLine(NamedTuple):
    """A line that the database does not accept, and why."""

    line: LogLine
    reason: str


def insert_lines(engine: sa.Engine, lines: Sequence[LogLine]) -> list[RejectedLine]:
    """Insert lines; existing rows stay as they are.

    So a batch whose outcome is unknown can be inserted again. A batch that is rejected is halved
    until the lines at fault are alone.

    Returns:
        The lines that cannot be inserted; all others are.

    Raises:
        SQLAlchemyError: the database cannot be written.
    """
    try:
        _insert_all(engine, lines)
    except _FAULTS_OF_LINES as error:
        if len(lines) == 1:
            return [RejectedLine(lines[0], str(error).partition("\n")[0])]
        half = len(lines) // 2
        return insert_lines(engine, lines[:half]) + insert_lines(engine, lines[half:])
    return []


def _insert_all(engine: sa.Engine, lines: Iterable[LogLine]) -> None:
    rows: dict[sa.Table, list[_Row]] = {PREDICTIONS: [], FEEDBACK: [], RELEASE_FAILURES: []}
    for line in lines:
        if isinstance(line, PredictionEntry):
            rows[PREDICTIONS] += _rows_with_features(line)
        elif isinstance(line, FeedbackEntry):
            rows[FEEDBACK] += _feedback_rows(line)
        else:
            rows[RELEASE_FAILURES].append(_failure_row(line))
    insert = _insert_postgresql if engine.dialect.name == "postgresql" else _insert_sqlite
    for table, table_rows in rows.items():
        if table_rows:
            insert(engine, table, table_rows)


def _insert_postgresql(engine: sa.Engine, table: sa.Table, rows: list[_Row]) -> None:
    """Insert all rows with one statement in autocommit mode.

    If the connection breaks, the database holds all rows or none, and no open transaction that
    would block whoever inserts them next. A pipeline of INSERTs takes longer, too, and costs ten
    times as much of our own CPU time.
    """
    record: sa.ColumnElement[Any] = sa.literal_column(f"NULL::{table.name}")
    content = sa.cast(sa.bindparam("rows", type_=sa.Text), sa.JSON)
    names = [column.name for column in table.columns]
    record_set = sa.func.json_populate_recordset(record, content).table_valued(*names)
    statement = postgresql.insert(table).from_select(names, sa.select(record_set))
    with engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(
            statement.on_conflict_do_nothing(), {"rows": msgspec.json.encode(rows).decode()}
        )


def _insert_sqlite(engine: sa.Engine, table: sa.Table, rows: list[_Row]) -> None:
    with engine.begin() as connection:
        connection.execute(sqlite.insert(table).on_conflict_do_nothing(), rows)


def prediction_rows(entry: PredictionEntry) -> Iterator[_Row]:
    """Yield a prediction's rows as the table has them, but for ``features``.

    Raises:
        IndexError: the entry's lists differ in length.
    """
    for number in range(len(entry.features)):
        yield {
            "prediction_id": entry.id,
            "row": number,
            "problem": entry.problem,
            "version": entry.version,
            "digest": entry.digest,
            "request_id": _without_nul(entry.request_id),
            "at": entry.timestamp_s,
            "entity": _without_nul(entry.entities[number]) if entry.entities else None,
            "prediction": entry.predictions[number],
            "label": entry.labels[number] if entry.labels else None,
            "shadow_of": entry.shadow_of,
            "release": entry.release,
            "latency_s": entry.latency_s,
            "sample_order": zlib.crc32(entry.id.encode()) if entry.release else None,
        }


def _rows_with_features(entry: PredictionEntry) -> Iterator[_Row]:
    for row, values in zip(prediction_rows(entry), entry.features, strict=True):
        features = dict(zip(entry.feature_names, values, strict=True))
        row["features"] = msgspec.json.encode(features).decode()
        yield row


def _feedback_rows(entry: FeedbackEntry) -> Iterator[_Row]:
    for number, truth in enumerate(entry.ground_truth or [None]):
        yield {
            "feedback_id": entry.id,
            "row": number,
            "problem": entry.problem,
            "at": entry.timestamp_s,
            "prediction_id": _without_nul(entry.prediction_id),
            "truth": None if isinstance(truth, str) else truth,
            "truth_label": _without_nul(truth) if isinstance(truth, str) else None,
            "reward": entry.reward,
        }


def _failure_row(entry: FailureEntry) -> _Row:
    return {
        "failure_id": entry.id,
        "problem": entry.problem,
        "release": entry.release,
        "at": entry.timestamp_s,
        "subject": entry.subject,
        "side": entry.side,
        "kind": entry.failure,
        "version": entry.version,
        "digest": entry.digest,
        "challenger_share": entry.challenger_share,
    }


def _without_nul(text: str | None) -> str | None:
    """Replace NUL, the one character that PostgreSQL cannot store in a client's text.

    Otherwise its line could never be shipped, nor any line behind it.
    """
    return None if text is None else text.replace("\0", "\ufffd")
