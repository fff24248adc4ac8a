"""Checks of feedback against the predictions that it names.

Feedback is kept as it was sent; a verdict beside it says whether it counts. The first truth of a
prediction counts, and the first reward.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from itertools import groupby
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from homestead.prediction_log.tables import FEEDBACK, FEEDBACK_VERDICTS, PREDICTIONS

# A prediction may lie in another server's spool when feedback on it arrives.
GRACE_S = 300.0
# Older feedback without a verdict was stored by an earlier version, and stays without one.
_WINDOW_S = 2 * 86400.0
_PAGE_ROWS = 20_000
_SUMMARY_S = 86400.0
# Any number: one server at a time judges, so that the first message is the same one for all.
_LOCK = 0x4665_6564


class Verdict(StrEnum):
    """What becomes of a feedback message."""

    ACCEPTED = "accepted"
    REPEATED = "repeated"
    CONTRADICTION = "contradiction"
    TOO_MANY_ROWS = "too_many_rows"
    UNKNOWN = "unknown_prediction"
    AMBIGUOUS = "ambiguous_prediction"


class _Prediction(NamedTuple):
    """A prediction that feedback names: its id, and how many rows it has."""

    id: str
    rows: int


class FeedbackJudge:
    """Gives each new feedback message of a problem its verdict, page by page."""

    def __init__(self, engine: sa.Engine, problem: str) -> None:
        self._engine = engine
        self._problem = problem
        # Feedback up to this time and id has a verdict, or waits for its prediction.
        self._after = (0.0, "")

    def judge_page(self, now_s: float | None = None) -> bool:
        """Judge some of the messages without a verdict; return whether there may be more.

        Raises:
            SQLAlchemyError: the database cannot be read or written.
        """
        now_s = time.time() if now_s is None else now_s
        with self._engine.begin() as connection:
            if not _is_judge(connection):
                return False
            rows = self._read_page(connection, now_s)
            messages = [list(group) for _, group in groupby(rows, lambda row: row.feedback_id)]
            is_full = len(rows) > _PAGE_ROWS
            if is_full:
                messages.pop()  # the page may end in it
            verdicts = _verdicts(connection, self._problem, messages, now_s)
            _insert_verdicts(connection, verdicts)
        self._after = (messages[-1][0].at, messages[-1][0].feedback_id) if is_full else (0.0, "")
        return is_full

    def summary(self, now_s: float | None = None) -> dict[str, int]:
        """Return the number of messages of the last day by verdict, zeros included.

        Raises:
            SQLAlchemyError: the database cannot be read.
        """
        now_s = time.time() if now_s is None else now_s
        table = FEEDBACK_VERDICTS.c
        statement = (
            sa.select(table.verdict, sa.func.count())
            .where(table.problem == self._problem, table.at > now_s - _SUMMARY_S)
            .group_by(table.verdict)
        )
        with self._engine.connect() as connection:
            counts = dict(map(tuple, connection.execute(statement)))
        return {verdict.value: counts.get(verdict.value, 0) for verdict in Verdict}

    def _read_page(self, connection: sa.Connection, now_s: float) -> Sequence[Any]:
        table, verdicts = FEEDBACK.c, FEEDBACK_VERDICTS.c
        return connection.execute(
            sa.select(FEEDBACK)
            .outerjoin(FEEDBACK_VERDICTS, table.feedback_id == verdicts.feedback_id)
            .where(
                table.problem == self._problem,
                table.at > now_s - _WINDOW_S,
                sa.tuple_(table.at, table.feedback_id) > sa.tuple_(*map(sa.literal, self._after)),
                verdicts.feedback_id.is_(None),
            )
            .order_by(table.at, table.feedback_id, table.row)
            .limit(_PAGE_ROWS + 1)
        ).all()


def _is_judge(connection: sa.Connection) -> bool:
    if connection.dialect.name != "postgresql":
        return True
    return bool(connection.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(_LOCK))))


def _verdicts(
    connection: sa.Connection, problem: str, messages: Iterable[list[Any]], now_s: float
) -> Iterator[dict[str, Any]]:
    messages = list(messages)
    named = _named_predictions(connection, problem, {rows[0].prediction_id for rows in messages})
    known = _accepted(connection, {p.id for found in named.values() for p in found})
    for rows in messages:
        first = rows[0]
        found = named.get(first.prediction_id, [])
        if not found and first.at > now_s - GRACE_S:
            continue
        prediction = found[0] if len(found) == 1 else None
        if prediction is not None:
            verdict = _judge(rows, prediction, known)
        else:
            verdict = Verdict.AMBIGUOUS if found else Verdict.UNKNOWN
        yield {
            "feedback_id": first.feedback_id,
            "problem": problem,
            "at": first.at,
            "prediction_id": prediction.id if prediction else None,
            "verdict": verdict.value,
        }


def _judge(rows: list[Any], prediction: _Prediction, known: dict[Any, Any]) -> Verdict:
    """Return the verdict of a message; add what it says to ``known`` if it is accepted."""
    if len(rows) > prediction.rows:
        return Verdict.TOO_MANY_ROWS
    said = dict(_statements(prediction.id, rows))
    if any(known.get(key, value) != value for key, value in said.items()):
        return Verdict.CONTRADICTION
    if said.keys() <= known.keys():
        return Verdict.REPEATED
    known |= said
    return Verdict.ACCEPTED


def _statements(prediction_id: str, rows: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    """Yield the truth of each row, and the reward, of a prediction."""
    for row in rows:
        truth = row.truth if row.truth_label is None else row.truth_label
        if truth is not None:
            yield (prediction_id, row.row), truth
        if row.reward is not None:
            yield (prediction_id, "reward"), row.reward


def _named_predictions(
    connection: sa.Connection, problem: str, names: set[str]
) -> dict[str, list[_Prediction]]:
    """Return the answered predictions that have one of these ids, or ids of requests."""
    found: dict[str, list[_Prediction]] = {}
    table = PREDICTIONS.c
    for column in (table.prediction_id, table.request_id):
        statement = (
            sa.select(column, table.prediction_id, sa.func.count())
            .where(
                column.in_(names - found.keys()),
                table.problem == problem,
                table.shadow_of.is_(None),
            )
            .group_by(column, table.prediction_id)
        )
        by_name: dict[str, list[_Prediction]] = {}
        for name, prediction_id, rows in connection.execute(statement):
            by_name.setdefault(name, []).append(_Prediction(prediction_id, rows))
        found |= by_name
    return found


def _accepted(connection: sa.Connection, prediction_ids: set[str]) -> dict[Any, Any]:
    verdicts = FEEDBACK_VERDICTS.c
    statement = (
        sa.select(verdicts.prediction_id.label("judged_id"), FEEDBACK)
        .join(FEEDBACK, verdicts.feedback_id == FEEDBACK.c.feedback_id)
        .where(
            verdicts.prediction_id.in_(prediction_ids), verdicts.verdict == Verdict.ACCEPTED.value
        )
    )
    known: dict[Any, Any] = {}
    for row in connection.execute(statement):
        known |= dict(_statements(row.judged_id, [row]))
    return known


def _insert_verdicts(connection: sa.Connection, verdicts: Iterable[dict[str, Any]]) -> None:
    rows = list(verdicts)
    if rows:
        is_postgresql = connection.dialect.name == "postgresql"
        insert = postgresql.insert if is_postgresql else sqlite.insert
        connection.execute(insert(FEEDBACK_VERDICTS).on_conflict_do_nothing(), rows)
