"""What follows from verdicts on feedback: labels, and messages that wait for their prediction."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from homestead.prediction_log.labels.kinds import REASONS
from homestead.prediction_log.labels.kinds import Verdict as LabelVerdict
from homestead.prediction_log.labels.tables import LABEL_QUARANTINE, LABELS
from homestead.prediction_log.tables import FEEDBACK_VERDICTS
from homestead.problem.sections.labels import LabelPolicy

FEEDBACK_SOURCE = "feedback"
# The server knows models, not problem files: feedback waits as long as labels do by default.
_WAIT_S = LabelPolicy().wait_s
_DIGEST_BYTES = 16


class Verdict(StrEnum):
    """What becomes of a feedback message."""

    ACCEPTED = "accepted"
    REPEATED = "repeated"
    CONTRADICTION = "contradiction"
    TOO_MANY_ROWS = "too_many_rows"
    UNKNOWN = "unknown_prediction"
    AMBIGUOUS = "ambiguous_prediction"


class NamedPrediction(NamedTuple):
    """A prediction that feedback names: its id, how many rows it has, and its time."""

    id: str
    rows: int
    at: float


@dataclass(frozen=True)
class JudgedMessage:
    """A feedback message and its verdict.

    Attributes:
        rows: of the table of feedback.
        prediction: None if no single one was meant.
    """

    rows: Sequence[Any]
    verdict: Verdict
    prediction: NamedPrediction | None


def write_judged(
    connection: sa.Connection, problem: str, messages: Sequence[JudgedMessage]
) -> None:
    """Write verdicts and what follows from them; what exists stays as it is.

    Raises:
        SQLAlchemyError: the database cannot be written.
    """
    verdicts = (_verdict_row(problem, message) for message in messages)
    _insert_new(connection, FEEDBACK_VERDICTS, verdicts)
    _insert_new(connection, LABELS, _labels(problem, messages))
    _insert_new(connection, LABEL_QUARANTINE, _waiting(problem, messages))


# Messages that were accepted agree with each other: any of those that name a row will do.
_CARRY_OVER = """
INSERT INTO labels (prediction_id, "row", problem, at, truth, truth_label, received_at, source,
                    offset_s)
SELECT p.prediction_id, p."row", p.problem, p.at, f.truth, f.truth_label, f.at, 'feedback', 0
FROM feedback_verdicts AS v
JOIN feedback AS f ON f.feedback_id = v.feedback_id
JOIN predictions AS p ON p.prediction_id = v.prediction_id AND p."row" = f."row"
WHERE v.problem = :problem AND v.at > :since AND v.verdict = 'accepted'
  AND (f.truth IS NOT NULL OR f.truth_label IS NOT NULL)
  AND NOT EXISTS (
    SELECT 1 FROM labels AS l WHERE l.prediction_id = p.prediction_id AND l."row" = p."row")
ON CONFLICT DO NOTHING
"""


def carry_over(connection: sa.Connection, problem: str, since_s: float) -> None:
    """Make labels of feedback that a server of an earlier version accepted since a time.

    Raises:
        SQLAlchemyError: the database cannot be written.
    """
    connection.execute(sa.text(_CARRY_OVER), {"problem": problem, "since": since_s})


def _verdict_row(problem: str, message: JudgedMessage) -> dict[str, Any]:
    first, prediction = message.rows[0], message.prediction
    return {
        "feedback_id": first.feedback_id,
        "problem": problem,
        "at": first.at,
        "prediction_id": prediction.id if prediction else None,
        "verdict": message.verdict.value,
    }


def _outcomes(message: JudgedMessage) -> Iterator[Any]:
    """Yield the rows of a message that say what became true."""
    return (row for row in message.rows if not (row.truth is None and row.truth_label is None))


def _labels(problem: str, messages: Iterable[JudgedMessage]) -> Iterator[dict[str, Any]]:
    for message in messages:
        if message.verdict == Verdict.ACCEPTED and message.prediction is not None:
            for row in _outcomes(message):
                yield {
                    "prediction_id": message.prediction.id,
                    "row": row.row,
                    "problem": problem,
                    "at": message.prediction.at,
                    "truth": row.truth,
                    "truth_label": row.truth_label,
                    "received_at": row.at,
                    "source": FEEDBACK_SOURCE,
                    "offset_s": 0.0,
                }


def _waiting(problem: str, messages: Iterable[JudgedMessage]) -> Iterator[dict[str, Any]]:
    for message in messages:
        if message.verdict == Verdict.UNKNOWN:
            for row in _outcomes(message):
                said = f"{row.feedback_id} {row.row}".encode()
                yield {
                    "statement": hashlib.blake2b(said, digest_size=_DIGEST_BYTES).hexdigest(),
                    "problem": problem,
                    "kind": LabelVerdict.UNMATCHED.value,
                    "reason": REASONS[LabelVerdict.UNMATCHED],
                    "named_by": "feedback",
                    "name": row.prediction_id,
                    "row": row.row,
                    "truth": row.truth,
                    "truth_label": row.truth_label,
                    "received_at": row.at,
                    "source": FEEDBACK_SOURCE,
                    "waits_until": row.at + _WAIT_S,
                }


def _insert_new(
    connection: sa.Connection, table: sa.Table, records: Iterable[dict[str, Any]]
) -> None:
    rows = list(records)
    if rows:
        is_postgresql = connection.dialect.name == "postgresql"
        insert: Any = postgresql.insert if is_postgresql else sqlite.insert
        connection.execute(insert(table).on_conflict_do_nothing(), rows)
