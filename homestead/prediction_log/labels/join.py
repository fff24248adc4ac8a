"""Joining a batch of labels to the predictions that it names, in a fixed number of statements.

One process at a time joins (:func:`hold_lock`), so that the order of labels is the same for all.
Everything happens in the caller's transaction: all of a batch counts, or nothing.
"""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import sqlalchemy as sa

from homestead.prediction_log.labels import statements
from homestead.prediction_log.labels.batch import BATCH, create_empty
from homestead.prediction_log.labels.kinds import REASONS, Verdict

# Any number. Feedback is judged under the same lock.
LOCK = 0x4665_6564
_SQLITE_LOCK_TIMEOUT_MS = 60_000
MATCHES = sa.Table(
    "label_matches",
    sa.MetaData(),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("prediction_id", sa.String(64)),
    sa.Column("row", sa.Integer),
    sa.Column("at", sa.Float(53)),
    sa.Column("offset_s", sa.Float(53)),
    sa.Column("misfit", sa.String(32)),
    prefixes=["TEMPORARY"],
)
VERDICTS = sa.Table(
    "label_verdicts",
    sa.MetaData(),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("prediction_id", sa.String(64)),
    sa.Column("row", sa.Integer),
    sa.Column("at", sa.Float(53)),
    sa.Column("offset_s", sa.Float(53)),
    sa.Column("verdict", sa.String(32), nullable=False),
    sa.Column("reason", sa.Text),
    prefixes=["TEMPORARY"],
)


class LabelResult(NamedTuple):
    """What became of one label.

    Attributes:
        prediction_id, row: of the prediction that it is of; None if there is none.
        reason: why it was put aside; None otherwise.
    """

    verdict: Verdict
    prediction_id: str | None
    row: int | None
    place: str | None
    reason: str | None


class QuarantineExample(NamedTuple):
    """One of the labels that were put aside for good, and how many others have its reason."""

    reason: str
    others: int
    place: str | None


def hold_lock(connection: sa.Connection) -> None:
    """Wait until no other process joins labels or judges feedback; hold that to the commit.

    Raises:
        SQLAlchemyError: another process took too long.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
        return
    connection.exec_driver_sql(f"PRAGMA busy_timeout = {_SQLITE_LOCK_TIMEOUT_MS}")
    # The first statement that writes locks the file, before anything of it is read.
    connection.exec_driver_sql("DELETE FROM label_quarantine WHERE 0 = 1")


def join_staged(connection: sa.Connection, problem: str, now_s: float) -> Counter[Verdict]:
    """Join the labels in the temporary table ``label_batch``; the caller holds the lock.

    Returns:
        The number of labels by verdict.

    Raises:
        SQLAlchemyError: the database cannot be read or written.
    """
    create_empty(connection, MATCHES, VERDICTS)
    values = {
        "problem": problem,
        "now": now_s,
        **{f"{verdict.value}_reason": reason for verdict, reason in REASONS.items()},
    }
    for statement in statements.MATCH:
        connection.execute(sa.text(statement), values)
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("ANALYZE label_matches")
    for statement in statements.JUDGE:
        connection.execute(sa.text(statement), values)
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("ANALYZE label_verdicts")
    for statement in statements.WRITE:
        connection.execute(sa.text(statement), values)
    counts = connection.execute(
        sa.select(VERDICTS.c.verdict, sa.func.count()).group_by(VERDICTS.c.verdict)
    )
    return Counter({Verdict(verdict): count for verdict, count in counts})


def results(connection: sa.Connection) -> Iterator[LabelResult]:
    """Yield what became of each label of the batch that was joined last, in its order."""
    columns = VERDICTS.c
    statement = (
        sa.select(
            columns.verdict, columns.prediction_id, columns.row, BATCH.c.place, columns.reason
        )
        .join(BATCH, BATCH.c.position == columns.position)
        .order_by(columns.position)
    )
    for verdict, *others in connection.execute(statement):
        yield LabelResult(Verdict(verdict), *others)


def quarantine_examples(connection: sa.Connection, most: int = 5) -> Iterator[QuarantineExample]:
    """Yield the most frequent reasons in the batch that was joined last, with an example each."""
    columns = VERDICTS.c
    count = sa.func.count()
    reasons = (
        sa.select(columns.reason, count, sa.func.min(columns.position))
        .where(columns.verdict.in_([verdict for verdict in Verdict if verdict.is_quarantined]))
        .group_by(columns.reason)
        .order_by(count.desc(), sa.func.min(columns.position))
        .limit(most)
    )
    for reason, found, position in connection.execute(reasons).all():
        place = connection.scalar(sa.select(BATCH.c.place).where(BATCH.c.position == position))
        yield QuarantineExample(reason, found - 1, place)
