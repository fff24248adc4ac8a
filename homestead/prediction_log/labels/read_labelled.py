"""Reading labelled predictions, and how many there are."""

import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from homestead.prediction_log.labels.tables import LABEL_QUARANTINE, LABELS
from homestead.prediction_log.parquet.log import LogConnection, LogSource, of_window
from homestead.prediction_log.read_window import sample_order, seconds_since_1970
from homestead.prediction_log.tables import PREDICTIONS
from homestead.problem.schema import Problem

if TYPE_CHECKING:
    import pandas as pd

_LOGGED = ("prediction_id", "row", "version", "digest", "at", "entity", "features")
_ROWS_PER_BATCH = 16_384
_IN_TIME = (PREDICTIONS.c.at, PREDICTIONS.c.prediction_id, PREDICTIONS.c.row)


@dataclass(frozen=True)
class LabelCounts:
    """Numbers of rows of a window.

    Attributes:
        predictions: answered rows that are old enough for their outcome to be final.
        labelled: those of them with a label.
        quarantined: labels received in the window that count for no prediction and do not wait.
        waiting: labels, received in the window, whose prediction is not there (yet).
    """

    predictions: int
    labelled: int
    quarantined: int
    waiting: int


def read_labelled(
    source: LogSource,
    problem: Problem,
    since: datetime | None = None,
    until: datetime | None = None,
    versions: Collection[str] | None = None,
    *,
    now: datetime | None = None,
) -> "pd.DataFrame":
    """Read answered rows whose outcome is known and final, oldest first.

    Args:
        source: the database of the prediction log, or its files and the database.
        problem: rows younger than its ``labels.after_days`` are left out, since of these only
            the outcomes that come early are known.
        since: of predictions, inclusive; UTC if it has no time zone.
        until: of predictions, exclusive; UTC if it has no time zone.
        versions: the models' versions; all by default.
        now: by default the present time.

    Returns:
        The columns ``prediction_id``, ``row``, ``version``, ``digest``, ``at`` (seconds since
        1970), ``entity``, ``features`` (a dictionary: the model's inputs by name, as they were
        logged), ``prediction`` (the value, or the probability of the answered class), ``label``
        (the answered class; None for a regression), ``truth`` (float64 in the target's unit, or
        the class as text), and ``labelled_at`` (when the outcome was known, or else received).

    Raises:
        SQLAlchemyError: the database cannot be read.
    """
    statement = _statement(problem, since, until, now)
    if versions is not None:
        statement = statement.where(PREDICTIONS.c.version.in_(tuple(versions)))
    with _window(source, problem, since, until).connect() as connection:
        return _frame(connection, statement.order_by(*_IN_TIME), problem)


def labelled_batches(
    source: LogSource, problem: Problem, *, now: datetime | None = None
) -> "Iterator[pd.DataFrame]":
    """Yield all rows of :func:`read_labelled`, some at a time.

    Raises:
        SQLAlchemyError: the database cannot be read.
    """
    statement = _statement(problem, None, None, now).order_by(*_IN_TIME)
    with _window(source, problem, None, None).connect() as connection:
        streamed = connection.execution_options(yield_per=_ROWS_PER_BATCH)
        result: Any = streamed.execute(statement)
        for part in result.partitions(_ROWS_PER_BATCH):
            yield _typed(list(part), list(result.keys()), problem)


def draw_labelled(
    source: LogSource,
    problem: Problem,
    since: datetime,
    until: datetime,
    *,
    digest: str,
    max_rows: int,
    now: datetime | None = None,
) -> "tuple[pd.DataFrame, int]":
    """Read rows of one model whose outcome is known and final; of more, as many as are wanted.

    The database draws them, so that memory does not grow with the rows of the window; the same rows
    give the same draw in each database.

    Args:
        digest: SHA-256 of the model's file.
        max_rows: that are read.

    Returns:
        The rows as :func:`read_labelled` does, oldest first, and the number of all.

    Raises:
        SQLAlchemyError: the database cannot be read.
    """
    statement = _statement(problem, since, until, now).where(PREDICTIONS.c.digest == digest)
    with _window(source, problem, since, until).connect() as connection:
        counted = statement.with_only_columns(PREDICTIONS.c.row).subquery()
        count = connection.scalar(sa.select(sa.func.count()).select_from(counted)) or 0
        drawn = statement.order_by(sample_order(PREDICTIONS)).limit(max_rows)
        frame = _frame(connection, drawn, problem)
    order = ["at", "prediction_id", "row"]
    return frame.sort_values(order, ignore_index=True, kind="stable"), count


def _statement(
    problem: Problem, since: datetime | None, until: datetime | None, now: datetime | None
) -> sa.Select[Any]:
    """Return the query of the rows of a window whose outcome is known and final."""
    logged, labels = PREDICTIONS.c, LABELS.c
    is_regression = problem.task == "regression"
    statement = (
        sa.select(
            *(logged[name] for name in _LOGGED),
            logged.prediction,
            logged.label,
            (labels.truth if is_regression else labels.truth_label).label("truth"),
            sa.func.coalesce(labels.labelled_at, labels.received_at).label("labelled_at"),
        )
        .join(LABELS, (logged.prediction_id == labels.prediction_id) & (logged.row == labels.row))
        .where(
            *_is_final(problem, logged, now),
            *_is_final(problem, labels, now),
            (labels.truth if is_regression else labels.truth_label).is_not(None),
        )
    )
    if since is not None:
        since_s = seconds_since_1970(since)
        statement = statement.where(logged.at >= since_s, labels.at >= since_s)
    if until is not None:
        until_s = seconds_since_1970(until)
        statement = statement.where(logged.at < until_s, labels.at < until_s)
    return statement


def _window(
    source: LogSource, problem: Problem, since: datetime | None, until: datetime | None
) -> LogSource:
    limits = (None if time is None else seconds_since_1970(time) for time in (since, until))
    return of_window(source, problem.name, *limits)


def _frame(
    connection: LogConnection, statement: sa.Select[Any], problem: Problem
) -> "pd.DataFrame":
    """Run a query of labelled rows."""
    result = connection.execute(statement)
    return _typed(list(result.all()), list(result.keys()), problem)


def _typed(rows: list[Any], names: list[str], problem: Problem) -> "pd.DataFrame":
    """Return rows of a query in their types."""
    import pandas as pd

    is_regression = problem.task == "regression"
    frame = pd.DataFrame(rows, columns=names)
    decode = msgspec.json.decode
    features = pd.Series([decode(text) for text in frame.features], frame.index, dtype=object)
    texts = ["prediction_id", "version", "digest", "entity", "label"]
    types: dict[str, Any] = {**dict.fromkeys(texts, object), "row": "int64"}
    types |= dict.fromkeys(("at", "prediction", "labelled_at"), float)
    types["truth"] = float if is_regression else object
    return frame.assign(features=features).astype(types)


def label_counts(
    source: LogSource,
    problem: Problem,
    since: datetime | None = None,
    *,
    now: datetime | None = None,
) -> LabelCounts:
    """Count predictions made, and labels received, since a time; by default all.

    Raises:
        SQLAlchemyError: the database cannot be read.
    """
    since_s = 0.0 if since is None else seconds_since_1970(since)
    logged, labels, misfits = PREDICTIONS.c, LABELS.c, LABEL_QUARANTINE.c
    received = (misfits.problem == problem.name, misfits.received_at >= since_s)
    now_s = _now_s(now)
    waits = sa.func.coalesce(misfits.waits_until, 0) > now_s
    statements = {
        "predictions": sa.select(sa.func.count())
        .select_from(PREDICTIONS)
        .where(*_is_final(problem, logged, now), logged.at >= since_s),
        "labelled": sa.select(sa.func.count())
        .select_from(LABELS)
        .where(*_is_final(problem, labels, now), labels.at >= since_s),
        "quarantined": sa.select(sa.func.count())
        .select_from(LABEL_QUARANTINE)
        .where(*received, ~waits),
        "waiting": sa.select(sa.func.count()).select_from(LABEL_QUARANTINE).where(*received, waits),
    }
    with of_window(source, problem.name, since_s or None).connect() as connection:
        counts = {name: connection.scalar(statement) or 0 for name, statement in statements.items()}
    return LabelCounts(**counts)


def _is_final(
    problem: Problem, columns: Any, now: datetime | None
) -> tuple[sa.ColumnElement[bool], ...]:
    """Return the conditions for rows of a table whose outcome is final, shadows left out."""
    newest_s = _now_s(now) - problem.labels.after_s
    conditions = (columns.problem == problem.name, columns.at <= newest_s)
    if "shadow_of" in columns:
        return (*conditions, columns.shadow_of.is_(None))
    return conditions


def _now_s(now: datetime | None) -> float:
    return time.time() if now is None else seconds_since_1970(now)
