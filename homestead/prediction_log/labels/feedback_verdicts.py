"""Checks of feedback against the predictions that it names.

Feedback is kept as it was sent; a verdict beside it says whether it counts. What counts becomes a
label, unless its prediction has one: of feedback the first truth of a prediction counts, and the
first reward, while a label from elsewhere may correct it. Feedback on a prediction that is not in
the log waits for it, as other labels do.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from homestead.prediction_log.labels.feedback_labels import (
    JudgedMessage,
    NamedPrediction,
    Verdict,
    carry_over,
    write_judged,
)
from homestead.prediction_log.labels.join import LOCK
from homestead.prediction_log.labels.tables import LABELS
from homestead.prediction_log.parquet.candidates import Name, find_candidates, staged_candidates
from homestead.prediction_log.parquet.log import LogSource, database_of
from homestead.prediction_log.tables import FEEDBACK, FEEDBACK_VERDICTS, PREDICTIONS

# A prediction may lie in another server's spool when feedback on it arrives.
GRACE_S = 300.0
# Older feedback without a verdict was stored by an earlier version, and stays without one.
_WINDOW_S = 2 * 86400.0
_PAGE_ROWS = 20_000
_SUMMARY_S = 86400.0
# How often what servers of an earlier version accept becomes labels, while they are replaced.
_CARRY_OVER_INTERVAL_S = 600.0


class FeedbackJudge:
    """Gives each new feedback message of a problem its verdict, page by page."""

    def __init__(self, source: LogSource, problem: str) -> None:
        self._source = source
        self._engine = database_of(source)
        self._problem = problem
        # Feedback up to this time and id has a verdict, or waits for its prediction.
        self._after = (0.0, "")
        self._carried_over_at = 0.0

    def judge_page(self, now_s: float | None = None) -> bool:
        """Judge some of the messages without a verdict; return whether there may be more.

        Raises:
            SQLAlchemyError: the database cannot be read or written.
        """
        now_s = time.time() if now_s is None else now_s
        found, judged_ids = None, None
        if not isinstance(self._source, sa.Engine):
            # Reading files takes too long for a transaction: messages that come meanwhile are left
            # to the next page.
            with self._engine.connect() as connection:
                rows = self._read_page(connection, now_s)
            judged_ids = {row.feedback_id for row in rows}
            names = (Name("feedback", name) for name in {row.prediction_id for row in rows})
            found = find_candidates(self._source, self._problem, names)
        with self._engine.begin() as connection:
            if not _is_judge(connection):
                return False
            if found is None and now_s > self._carried_over_at + _CARRY_OVER_INTERVAL_S:
                carry_over(connection, self._problem, now_s - _WINDOW_S)
                self._carried_over_at = now_s
            rows = self._read_page(connection, now_s)
            messages = [list(group) for _, group in groupby(rows, lambda row: row.feedback_id)]
            is_full = len(rows) > _PAGE_ROWS
            if is_full:
                messages.pop()  # the page may end in it
            if judged_ids is not None:
                messages = [rows for rows in messages if rows[0].feedback_id in judged_ids]
            with staged_candidates(connection, found):
                judged = list(_judge_all(connection, self._problem, messages, now_s))
            write_judged(connection, self._problem, judged)
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
    return bool(connection.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(LOCK))))


def _judge_all(
    connection: sa.Connection, problem: str, messages: Iterable[list[Any]], now_s: float
) -> Iterator[JudgedMessage]:
    messages = list(messages)
    named = _named_predictions(connection, problem, {rows[0].prediction_id for rows in messages})
    known = _known(connection, {p.id for found in named.values() for p in found})
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
        yield JudgedMessage(rows, verdict, prediction)


def _judge(rows: list[Any], prediction: NamedPrediction, known: dict[Any, Any]) -> Verdict:
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
) -> dict[str, list[NamedPrediction]]:
    """Return the answered predictions that have one of these ids, or ids of requests."""
    found: dict[str, list[NamedPrediction]] = {}
    table = PREDICTIONS.c
    for column in (table.prediction_id, table.request_id):
        statement = (
            sa.select(column, table.prediction_id, sa.func.count(), sa.func.min(table.at))
            .where(
                column.in_(names - found.keys()),
                table.problem == problem,
                table.shadow_of.is_(None),
            )
            .group_by(column, table.prediction_id)
        )
        by_name: dict[str, list[NamedPrediction]] = {}
        for name, *prediction in connection.execute(statement):
            by_name.setdefault(name, []).append(NamedPrediction(*prediction))
        found |= by_name
    return found


def _known(connection: sa.Connection, prediction_ids: set[str]) -> dict[Any, Any]:
    """Return what is known of predictions: their labels, and the rewards that were accepted."""
    labels, verdicts, feedback = LABELS.c, FEEDBACK_VERDICTS.c, FEEDBACK.c
    truths = sa.select(labels.prediction_id, labels.row, labels.truth, labels.truth_label).where(
        labels.prediction_id.in_(prediction_ids)
    )
    known: dict[Any, Any] = {
        (row.prediction_id, row.row): row.truth if row.truth_label is None else row.truth_label
        for row in connection.execute(truths)
    }
    rewards = (
        sa.select(verdicts.prediction_id, feedback.reward)
        .join(FEEDBACK, verdicts.feedback_id == feedback.feedback_id)
        .where(
            verdicts.prediction_id.in_(prediction_ids),
            verdicts.verdict == Verdict.ACCEPTED.value,
            feedback.reward.is_not(None),
        )
    )
    for prediction_id, reward in connection.execute(rewards):
        known[prediction_id, "reward"] = reward
    return known
