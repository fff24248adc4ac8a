"""Causes, runs and decisions in SQL: each write is one transaction, a run changes by revision."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from homestead.retraining.cause import Cause
from homestead.retraining.decision import Decision, RetrainingState
from homestead.retraining.run import RetrainingRun
from homestead.retraining.tables import CAUSES, DECISIONS, RUNS

_PROBLEM: sa.BindParameter[str] = sa.bindparam("problem")
_OPEN_CAUSES = (
    sa.select(CAUSES)
    .where(CAUSES.c.problem == _PROBLEM, CAUSES.c.state == "open")
    .order_by(CAUSES.c.seen_at, CAUSES.c.id)
)
_NEWEST_RUN = (
    sa.select(RUNS).where(RUNS.c.problem == _PROBLEM).order_by(RUNS.c.number.desc()).limit(1)
)
_NEWEST_DECISION = (
    sa.select(DECISIONS.c.action, DECISIONS.c.code, DECISIONS.c.cause)
    .where(DECISIONS.c.problem == _PROBLEM)
    .order_by(DECISIONS.c.number.desc())
    .limit(1)
)

_REPLACE = sa.update(RUNS).where(
    RUNS.c.id == sa.bindparam("read_id"), RUNS.c.revision == sa.bindparam("read_revision")
)
_ANSWERED = sa.select(CAUSES.c.id).where(
    CAUSES.c.id.in_(sa.bindparam("ids", expanding=True)), CAUSES.c.state != "open"
)
_WITHDRAW = (
    sa.update(CAUSES)
    .where(CAUSES.c.id.in_(sa.bindparam("ids", expanding=True)), CAUSES.c.state == "open")
    .values(state="withdrawn")
)


class RunConflictError(Exception):
    """Another process changed the run, or started one, since the state was read."""


class RetrainingRecords:
    """What is recorded of a problem's retraining.

    Attributes:
        engine: of the database.
    """

    def __init__(self, engine: sa.Engine, problem: str) -> None:
        self.engine = engine
        self.problem = problem

    def state(self) -> RetrainingState:
        """Return the open causes and the newest run."""
        with self.engine.connect() as connection:
            problem = {"problem": self.problem}
            causes = connection.execute(_OPEN_CAUSES, problem).mappings()
            open_causes = tuple(Cause(**row) for row in causes)
            row = connection.execute(_NEWEST_RUN, problem).mappings().first()
        return RetrainingState(open_causes, None if row is None else RetrainingRun(**row))

    def answered(self, causes: Iterable[Cause]) -> frozenset[str]:
        """Return the ids of those causes that have a run or were withdrawn."""
        ids = [cause.id for cause in causes]
        if not ids:
            return frozenset()
        with self.engine.connect() as connection:
            return frozenset(connection.scalars(_ANSWERED, {"ids": ids}))

    def add_causes(self, causes: Iterable[Cause]) -> None:
        """Add causes; those that are known already stay as they are."""
        rows = [_row(cause) for cause in causes]
        if rows:
            with self.engine.begin() as connection:
                self._add(connection, rows)

    def receive(self, firing: Iterable[Cause], resolved: Iterable[Cause]) -> None:
        """Add causes and withdraw others, all in one transaction.

        A cause that has its run keeps it. One that is withdrawn before it was seen is recorded as
        withdrawn, so that a late message of it starts nothing.
        """
        gone = [_row(cause.with_state("withdrawn")) for cause in resolved]
        with self.engine.begin() as connection:
            self._add(connection, [_row(cause) for cause in firing])
            self._add(connection, gone)
            self._withdraw(connection, [row["id"] for row in gone])

    def record(self, decision: Decision, at: float) -> None:
        """Record the causes of a decision that starts nothing, and why it does not."""
        with self.engine.begin() as connection:
            self._add(connection, [_row(cause) for cause in decision.causes])
            self._withdraw(connection, [each.cause.id for each in decision.withdrawn])
            self._note(connection, decision, at, None)

    def start(self, run: RetrainingRun, decision: Decision) -> None:
        """Add a run, assign it the decision's causes, and record why, all in one transaction.

        Raises:
            RunConflictError: another process started a run, or one for one of these causes.
        """
        try:
            with self.engine.begin() as connection:
                # First, so that of two processes one waits here and then fails.
                connection.execute(sa.insert(RUNS), _row(run))
                self._add(connection, [_row(cause) for cause in decision.causes])
                self._withdraw(connection, [each.cause.id for each in decision.withdrawn])
                ids = [cause.id for cause in decision.causes]
                assigned = connection.execute(
                    sa.update(CAUSES)
                    .where(CAUSES.c.id.in_(ids), CAUSES.c.state == "open")
                    .values(state="assigned", run=run.id)
                )
                if assigned.rowcount != len(ids):
                    raise RunConflictError(run.id)
                self._note(connection, decision, run.started_at, run.id)
        except sa.exc.IntegrityError:
            raise RunConflictError(run.id) from None

    def replace(self, run: RetrainingRun) -> RetrainingRun:
        """Write a changed run in place of the one it was made of; return it as written.

        Raises:
            RunConflictError: the run changed since it was read.
        """
        written = run.changed(revision=run.revision + 1)
        read = {"read_id": run.id, "read_revision": run.revision}
        with self.engine.begin() as connection:
            result = connection.execute(_REPLACE, _row(written) | read)
            if result.rowcount != 1:
                raise RunConflictError(run.id)
        return written

    def run_of_id(self, run: str) -> RetrainingRun | None:
        """Return a run by its id, or None if there is none."""
        with self.engine.connect() as connection:
            row = connection.execute(sa.select(RUNS).where(RUNS.c.id == run)).mappings().first()
        return None if row is None else RetrainingRun(**row)

    def causes(self, ids: Iterable[str]) -> list[Cause]:
        """Return causes by their ids, as they are now."""
        statement = sa.select(CAUSES).where(CAUSES.c.id.in_(list(ids)))
        with self.engine.connect() as connection:
            return [Cause(**row) for row in connection.execute(statement).mappings()]

    def causes_of(self, run: str) -> list[Cause]:
        """Return the causes that a run was started for, the first seen first."""
        statement = sa.select(CAUSES).where(CAUSES.c.run == run)
        with self.engine.connect() as connection:
            rows = connection.execute(statement.order_by(CAUSES.c.seen_at, CAUSES.c.id)).mappings()
            return [Cause(**row) for row in rows]

    def _add(self, connection: sa.Connection, rows: list[dict[str, Any]]) -> None:
        if rows:
            insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
            connection.execute(insert(CAUSES).on_conflict_do_nothing(), rows)

    def _withdraw(self, connection: sa.Connection, ids: list[str]) -> None:
        if ids:
            connection.execute(_WITHDRAW, {"ids": ids})

    def _note(
        self, connection: sa.Connection, decision: Decision, at: float, run: str | None
    ) -> None:
        """Record a decision, unless the newest one says the same."""
        cause = decision.causes[0].id if decision.causes else None
        newest = connection.execute(_NEWEST_DECISION, {"problem": self.problem}).first()
        if run is None and newest == (decision.action, decision.code, cause):
            return
        reason = decision.reason
        if decision.withdrawn:
            gone = "; ".join(
                f"{each.cause.summary}: withdrawn, {each.reason}" for each in decision.withdrawn
            )
            reason = f"{reason} ({gone})"
        row = {
            "problem": self.problem,
            "at": at,
            "action": decision.action,
            "code": decision.code,
            "reason": reason,
            "cause": cause,
            "run": run,
        }
        connection.execute(sa.insert(DECISIONS), row)


def _row(of: Cause | RetrainingRun) -> dict[str, Any]:
    """Return the attributes of a cause or a run, which are the columns of its table."""
    return dict(vars(of))
