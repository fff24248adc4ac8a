"""Status of labels: how many predictions have one, how late they come, and what fits none."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from homestead.database.engine import WINDOW_READ_TIMEOUT_S, open_database
from homestead.prediction_log.labels.read_labelled import LabelCounts, label_counts
from homestead.prediction_log.labels.tables import LABEL_HISTORY, LABEL_QUARANTINE, LABELS
from homestead.prediction_log.labels.waiting import join_waiting
from homestead.prediction_log.parquet.log import LogSource, database_of, log_source
from homestead.problem.schema import Problem
from homestead.settings import Settings


@dataclass(frozen=True)
class LabelStatus:
    """What is known of a problem's labels.

    Attributes:
        quarantined: by kind: their number, and one of the reasons.
        corrections: outcomes that no longer count.
        median_lag_s: between a prediction and its label's arrival; None without labels.
        newest_at: when the last label arrived, in seconds since 1970, and from where.
    """

    problem: str
    after_days: float
    counts: LabelCounts
    quarantined: dict[str, tuple[int, str]]
    corrections: int
    median_lag_s: float | None
    newest: tuple[float, str] | None

    def lines(self) -> Iterator[str]:
        """Yield the status in words."""
        counts = self.counts
        age = f" that are {self.after_days:g} days old" if self.after_days else ""
        yield f"{self.problem}: {counts.predictions} predicted rows{age}"
        share = f" ({counts.labelled / counts.predictions:.1%})" if counts.predictions else ""
        yield f"  labelled: {counts.labelled}{share}"
        yield f"  corrections: {self.corrections}"
        yield f"  waiting for their prediction: {counts.waiting}"
        yield f"  in quarantine: {counts.quarantined}"
        for kind, (count, reason) in self.quarantined.items():
            yield f"    {kind}: {count}, such as: {reason}"
        if self.newest is not None and self.median_lag_s is not None:
            moment = datetime.fromtimestamp(self.newest[0], UTC)
            yield f"  last label: {moment:%Y-%m-%dT%H:%M:%SZ} from {self.newest[1]}"
            yield f"  from prediction to label: {_duration(self.median_lag_s)} (median)"


def read_label_status(problem: Problem, settings: Settings) -> LabelStatus:
    """Return what is known of a problem's labels, after joining those that waited.

    Raises:
        SQLAlchemyError: the database cannot be read or written.
    """
    settings.folder()
    engine = open_database(settings.database_url, WINDOW_READ_TIMEOUT_S)
    try:
        log = log_source(engine, settings.log_uri)
        join_waiting(log, problem.name)
        return label_status(log, problem)
    finally:
        engine.dispose()


def label_status(source: LogSource, problem: Problem) -> LabelStatus:
    """Return what is known of a problem's labels; change nothing.

    Raises:
        SQLAlchemyError: the database cannot be read.
    """
    counts = label_counts(source, problem)
    labels, history, misfits = LABELS.c, LABEL_HISTORY.c, LABEL_QUARANTINE.c
    kinds = (
        sa.select(misfits.kind, sa.func.count(), sa.func.min(misfits.reason))
        .where(
            misfits.problem == problem.name,
            sa.func.coalesce(misfits.waits_until, 0) <= time.time(),
        )
        .group_by(misfits.kind)
        .order_by(misfits.kind)
    )
    newest = (
        sa.select(labels.received_at, labels.source)
        .where(labels.problem == problem.name)
        .order_by(labels.received_at.desc())
        .limit(1)
    )
    lag = labels.received_at - labels.at
    total = sa.select(sa.func.count()).where(labels.problem == problem.name)
    corrections = sa.select(sa.func.count()).where(history.problem == problem.name)
    with database_of(source).connect() as connection:
        found = connection.execute(newest).first()
        labelled = connection.scalar(total) or 0
        median = sa.select(lag).where(labels.problem == problem.name).order_by(lag)
        return LabelStatus(
            problem=problem.name,
            after_days=problem.labels.after_days,
            counts=counts,
            quarantined={kind: (n, reason) for kind, n, reason in connection.execute(kinds)},
            corrections=connection.scalar(corrections) or 0,
            median_lag_s=connection.scalar(median.offset(labelled // 2).limit(1)),
            newest=None if found is None else (found[0], found[1]),
        )


def _duration(seconds: float) -> str:
    for unit, size in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} seconds"
