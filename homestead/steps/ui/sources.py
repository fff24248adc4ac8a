"""What the page reads from: the database, the home, MLflow. Each is opened late, to read alone."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from homestead.database.engine import open_read_only
from homestead.errors import UserError
from homestead.names import PROBLEM_FILE, RELEASE_PLAN_FILE
from homestead.prediction_log.parquet.log import LogSource, log_source
from homestead.problem.loader import parse_problem
from homestead.problem.schema import Problem
from homestead.release.plan import ReleasePlan, read_plan
from homestead.release.transitions import desired_plan
from homestead.settings import Settings
from homestead.steps.releases.records import ReleaseRecords

if TYPE_CHECKING:
    from mlflow import MlflowClient

# Longer statements would hold up the others.
_STATEMENT_TIMEOUT_S = 30.0


class Sources:
    """Read access to what is known of problems.

    Args:
        problem: the only one that is shown; None for all.
        metrics_url: metrics of a server on this machine; '' for none.
        clock: seconds since 1970.
    """

    def __init__(
        self,
        settings: Settings,
        problem: Problem | None = None,
        metrics_url: str = "",
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.settings, self.only_problem = settings, problem
        self.metrics_url, self.clock = metrics_url, clock
        self.engine = open_read_only(settings.database_url, _STATEMENT_TIMEOUT_S)
        self._lock = threading.Lock()
        self._mlflow: MlflowClient | None = None
        self._problems: dict[tuple[str, str], Problem] = {}

    def close(self) -> None:
        """Close connections."""
        self.engine.dispose()

    @property
    def has_database(self) -> bool:
        """Whether there is a database; a home has none before the first command."""
        return _exists(self.settings.database_url)

    @property
    def has_registry(self) -> bool:
        """Whether there is a registry; a home has none before the first training."""
        return _exists(self.settings.tracking_uri)

    @property
    def mlflow(self) -> "MlflowClient":
        """Client of the registry; only to be used if there is one, since opening makes a file."""
        from homestead.tracking import runs

        with self._lock:
            if self._mlflow is None:
                self._mlflow = runs.open_reader(self.settings)
            return self._mlflow

    @property
    def log(self) -> LogSource:
        """Where predictions are read from: the database, or files beside it."""
        return log_source(self.engine, self.settings.log_uri)

    def records(self) -> ReleaseRecords:
        """Return the records of releases."""
        return ReleaseRecords(self.engine, self.settings)

    def plan_file(self, problem: str) -> Path:
        """Return where the home has a problem's release plan."""
        return self.settings.home / "release" / problem / RELEASE_PLAN_FILE

    def plan(self, problem: str) -> ReleasePlan | None:
        """Return the plan that servers are to follow; None before the first release.

        On a cluster it stands in a ConfigMap that the page may not read, and follows from the
        release's record.

        Raises:
            UserError: the plan's file is not valid.
            SQLAlchemyError: the database cannot be read.
        """
        path = self.plan_file(problem)
        if not self.settings.release_uri and path.exists():
            return read_plan(path)
        record = self.records().ruling(problem) if self.has_database else None
        return None if record is None else desired_plan(record)

    def problem(self, name: str) -> Problem:
        """Return the problem file that a problem's champion was trained with.

        Raises:
            UserError: it cannot be read, or there is no champion.
        """
        if self.only_problem is not None and self.only_problem.name == name:
            return self.only_problem
        from homestead.tracking import runs
        from homestead.tracking.lineage import training_run_id

        plan = self.plan(name)
        if plan is None or not self.has_registry:
            raise UserError(f"{name}: no champion, whose run would hold the problem file")
        key = name, plan.champion.version
        known = self._problems.get(key)
        if known is None:
            run_id = training_run_id(self.mlflow, *key)
            known = parse_problem(runs.read_text(self.mlflow, run_id, PROBLEM_FILE))
            self._problems[key] = known
        return known


def _exists(address: str) -> bool:
    """Return whether there is something at an address, as far as that is a file of sqlite."""
    if not address.startswith("sqlite"):
        return True
    return Path(sa.make_url(address).database or "").exists()
