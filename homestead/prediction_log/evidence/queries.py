"""Statements that read a release's rows from the prediction log, those that are not known yet.

Of many rows those with the lowest random numbers are read, so that a sample is bounded and depends
on no value; rows that arrive late are read as any others.
"""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from homestead.database.releases import RELEASE_OBSERVATIONS
from homestead.prediction_log.labels.tables import LABELS
from homestead.prediction_log.tables import PREDICTIONS, RELEASE_FAILURES

_ANSWER, _SHADOW = PREDICTIONS.alias("answer"), PREDICTIONS.alias("shadow")
_PAIR_ID = _ANSWER.c.prediction_id + ":" + sa.cast(_ANSWER.c.row, sa.Text)


def sample(mark: str, digest: str, condition: Any, limit: int) -> sa.Subquery:
    """Return the keys of a model's rows in a step, those with the lowest random numbers."""
    table = PREDICTIONS.c
    return (
        sa.select(table.prediction_id, table.row)
        .where(table.release == mark, table.digest == digest, condition)
        .order_by(table.sample_order)
        .limit(limit)
        .subquery("sample")
    )


def new_pairs(release_id: str, sample: sa.Subquery, answered: str) -> sa.Select[Any]:
    """Return a statement for the sample's pairs that are not known."""
    return _pairs(release_id, "pair", sample, answered).order_by(_PAIR_ID)


def new_truths(
    release_id: str, sample: sa.Subquery, answered: str, final_before: float
) -> sa.Select[Any]:
    """Return a statement for the sample's pairs whose truth has become known.

    Args:
        final_before: of requests since then, in seconds since 1970, only early outcomes can be
            known, which are not those of all.
    """
    labels = LABELS.c
    return (
        _pairs(release_id, "truth", sample, answered)
        .add_columns(labels.truth, labels.truth_label)
        .join(
            LABELS,
            (labels.prediction_id == _ANSWER.c.prediction_id) & (labels.row == _ANSWER.c.row),
        )
        .where(
            _ANSWER.c.at <= final_before,
            labels.truth.is_not(None) | labels.truth_label.is_not(None),
        )
        .order_by(labels.received_at, _PAIR_ID)
    )


def _pairs(release_id: str, kind: str, sample: sa.Subquery, answered: str) -> sa.Select[Any]:
    columns = ("prediction_id", "request_id", "entity", "at", "features", "prediction", "label")
    return (
        sa.select(
            _PAIR_ID.label("id"),
            *(_ANSWER.c[name] for name in columns),
            _SHADOW.c.prediction.label("other_prediction"),
            _SHADOW.c.label.label("other_label"),
        )
        .select_from(sample)
        .join(
            _SHADOW,
            (_SHADOW.c.prediction_id == sample.c.prediction_id) & (_SHADOW.c.row == sample.c.row),
        )
        .join(
            _ANSWER,
            (_ANSWER.c.prediction_id == _SHADOW.c.shadow_of) & (_ANSWER.c.row == _SHADOW.c.row),
        )
        .where(
            _ANSWER.c.digest == answered,
            _ANSWER.c.prediction.is_not(None),
            _SHADOW.c.prediction.is_not(None),
            _is_unknown(release_id, kind, _PAIR_ID),
        )
    )


def new_latencies(release_id: str, sample: sa.Subquery) -> sa.Select[Any]:
    """Return a statement for the sample's answered requests whose latency is not known."""
    table = PREDICTIONS.c
    return (
        sa.select(
            table.prediction_id.label("id"),
            *(table.prediction_id, table.request_id, table.entity, table.at, table.latency_s),
        )
        .join(
            sample,
            (table.prediction_id == sample.c.prediction_id) & (table.row == sample.c.row),
        )
        .where(
            table.row == 0,
            table.latency_s.is_not(None),
            _is_unknown(release_id, "latency", table.prediction_id),
        )
        .order_by(table.prediction_id)
    )


def new_failures(release_id: str, mark: str, digests: Iterable[str], limit: int) -> sa.Select[Any]:
    """Return a statement for a step's failures that are not known: one of a subject and a share.

    A subject that comes back fails again, which says nothing new and must not fill the sample.
    """
    table = RELEASE_FAILURES.c
    first = sa.func.min(table.failure_id)
    firsts = (
        sa.select(first.label("failure_id"))
        .where(table.release == mark, table.digest.in_(tuple(digests)))
        .group_by(table.subject, table.challenger_share)
        .order_by(first)
        .limit(limit)
        .subquery("first_failures")
    )
    return (
        sa.select(RELEASE_FAILURES)
        .join(firsts, table.failure_id == firsts.c.failure_id)
        .where(_is_unknown(release_id, "failure", table.failure_id))
        .order_by(table.failure_id)
    )


def _is_unknown(release_id: str, kind: str, name: Any) -> Any:
    known = RELEASE_OBSERVATIONS.c
    return ~sa.exists().where(known.release == release_id, known.kind == kind, known.id == name)


def count_requests(connection: sa.Connection, mark: str, digest: str) -> int:
    """Return how many requests a model predicted in a step, answered or not."""
    table = PREDICTIONS.c
    # Two statements, because each has an index.
    return sum(
        connection.scalar(
            sa.select(sa.func.count()).where(
                table.release == mark, table.digest == digest, table.row == 0, condition
            )
        )
        or 0
        for condition in (table.shadow_of.is_(None), table.shadow_of.is_not(None))
    )
