"""Report to the database of what the server beside this process has in effect."""

import logging
import os
import socket
import time

import msgspec
import sqlalchemy as sa

from homestead.database.served_plans import (
    HEARTBEAT_S,
    ServedPlan,
    delete_served_plan,
    write_served_plan,
)
from homestead.serving.models.plan_state import PlanState

_LOG = logging.getLogger(__name__)
_RETRY_S = 2.0


class ServedPlanReport:
    """Writes the server's row in the table of served plans: on change, and as a heartbeat."""

    def __init__(self, database: sa.Engine, problem: str) -> None:
        self._database = database
        self._problem = problem
        # The server is this process's parent; pods have its name as their host name.
        self._server = f"{socket.gethostname()[:100]}:{os.getppid()}"
        self._state: PlanState | None = None
        self._unread = b""
        self._write_at_s = 0.0
        self._has_warned = False

    def read(self, content: bytes) -> None:
        """Take note of lines of the server's state; the last one counts."""
        *lines, self._unread = (self._unread + content).split(b"\n")
        if lines:
            self._state = msgspec.json.decode(lines[-1], type=PlanState)
            self._write_at_s = 0.0

    def write_if_due(self) -> None:
        """Write the row if it has changed, or if the heartbeat is due."""
        now_s = time.monotonic()
        if self._state is None or now_s < self._write_at_s:
            return
        try:
            write_served_plan(self._database, self._row(self._state))
            self._write_at_s, self._has_warned = now_s + HEARTBEAT_S, False
        except sa.exc.SQLAlchemyError as error:
            self._write_at_s = now_s + _RETRY_S
            if not self._has_warned:
                _LOG.warning("what is served cannot be reported, will retry: %s", error)
            self._has_warned = True

    def delete(self) -> None:
        """Delete the row, because the server ends."""
        if self._state is None:
            return
        try:
            delete_served_plan(self._database, self._server, self._problem)
        except sa.exc.SQLAlchemyError as error:
            _LOG.warning("the report of what was served is left behind: %s", error)

    def _row(self, state: PlanState) -> ServedPlan:
        return ServedPlan(
            server=self._server,
            problem=self._problem,
            plan_digest=state.digest,
            plan_revision=state.revision,
            champion=state.champion,
            champion_digest=state.champion_digest,
            challenger=state.challenger,
            challenger_digest=state.challenger_digest,
            since=state.since,
            seen_at=time.time(),
            error=state.error,
        )
