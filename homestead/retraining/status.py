"""State of a problem's retraining, as people and pages see it."""

from dataclasses import dataclass

import sqlalchemy as sa

from homestead.retraining.cause import Cause
from homestead.retraining.run import RetrainingRun
from homestead.retraining.tables import CAUSES, DECISIONS, RUNS


@dataclass(frozen=True)
class RecordedDecision:
    """Why a run was, or was not, started.

    Attributes:
        at: seconds since 1970.
        action: "start", "wait" or "none".
        code: the rule that decided.
        reason: as a sentence.
        cause: id of the first cause; None without any.
        run: id of the run that was started; None if none was.
    """

    at: float
    action: str
    code: str
    reason: str
    cause: str | None
    run: str | None


@dataclass(frozen=True)
class RetrainingStatus:
    """What is recorded of a problem's retraining.

    Attributes:
        open_causes: causes that no run was started for, the first seen first.
        runs: the newest runs, the newest first.
        causes: causes by the id of the run that was started for them.
        decisions: the newest decisions, the newest first.
    """

    open_causes: tuple[Cause, ...]
    runs: tuple[RetrainingRun, ...]
    causes: dict[str, tuple[Cause, ...]]
    decisions: tuple[RecordedDecision, ...]

    @property
    def newest_run(self) -> RetrainingRun | None:
        """The run that is under way, or ended last; None before the first."""
        return self.runs[0] if self.runs else None

    @property
    def newest_decision(self) -> RecordedDecision | None:
        """Why a run was or was not started at the last change; None before the first check."""
        return self.decisions[0] if self.decisions else None

    def lines(self, now: float) -> list[str]:
        """Return the state as lines for people.

        Args:
            now: seconds since 1970.
        """
        lines = [
            f"cause {cause.kind}, seen {_ago(cause.seen_at, now)}: {cause.summary}"
            for cause in self.open_causes
        ] or ["no open cause"]
        for run in self.runs:
            when = run.started_at if run.ended_at is None else run.ended_at
            outcome = f" ({run.decision})" if run.decision else ""
            lines.append(f"run {run.number}, {run.state}{outcome} {_ago(when, now)}: {run.id}")
            lines += [f"  for {cause.kind}: {cause.summary}" for cause in self.causes[run.id]]
            lines += [f"  {run.reason}"] if run.reason else []
        if not self.runs:
            lines.append("no run yet")
        lines += [f"{each.action} {_ago(each.at, now)}: {each.reason}" for each in self.decisions]
        return lines


def _ago(at: float, now: float) -> str:
    """Return how long ago a moment was, in its two largest units."""
    minutes = max(0, round((now - at) / 60))
    hours, days = minutes // 60, minutes // 1440
    if days:
        return f"{days} d {hours % 24} h ago"
    return f"{hours} h {minutes % 60} min ago" if hours else f"{minutes} min ago"


def read_retraining(engine: sa.Engine, problem: str, newest: int = 10) -> RetrainingStatus:
    """Return what is recorded of a problem's retraining.

    Args:
        newest: how many runs and decisions to read.

    Raises:
        SQLAlchemyError: the database cannot be read.
    """
    with engine.connect() as connection:
        runs = tuple(
            RetrainingRun(**row)
            for row in connection.execute(
                sa.select(RUNS)
                .where(RUNS.c.problem == problem)
                .order_by(RUNS.c.number.desc())
                .limit(newest)
            ).mappings()
        )
        is_shown = sa.or_(CAUSES.c.state == "open", CAUSES.c.run.in_([run.id for run in runs]))
        causes = [
            Cause(**row)
            for row in connection.execute(
                sa.select(CAUSES)
                .where(CAUSES.c.problem == problem, is_shown)
                .order_by(CAUSES.c.seen_at, CAUSES.c.id)
            ).mappings()
        ]
        decisions = tuple(
            RecordedDecision(**row)
            for row in connection.execute(
                sa.select(*(c for c in DECISIONS.c if c.name not in ("number", "problem")))
                .where(DECISIONS.c.problem == problem)
                .order_by(DECISIONS.c.number.desc())
                .limit(newest)
            ).mappings()
        )
    return RetrainingStatus(
        open_causes=tuple(cause for cause in causes if cause.state == "open"),
        runs=runs,
        causes={run.id: tuple(cause for cause in causes if cause.run == run.id) for run in runs},
        decisions=decisions,
    )
