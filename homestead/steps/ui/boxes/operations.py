"""What runs: servers by what they say of themselves, jobs by how they ended, the online store."""

from pathlib import Path

from homestead.database.job_runs import latest_job_runs
from homestead.database.served_plans import read_served_plans
from homestead.errors import UserError
from homestead.features.online_reader import row_reader
from homestead.problem.contract import Contract
from homestead.problem.schema import Problem
from homestead.steps.ui.sources import Sources
from homestead.ui.views.watching import JobView, ServersView, ViewFreshness

_SECONDS_PER_DAY = 86_400


def read_servers(sources: Sources, problem: str) -> ServersView | None:
    """Return the servers that said something of themselves within the hour; None without one.

    Raises:
        UserError: the release plan is not valid.
        SQLAlchemyError: the database cannot be read.
    """
    if not sources.has_database:
        return None
    servers = read_served_plans(sources.engine, problem)
    plan = sources.plan(problem)
    return ServersView(servers, None if plan is None else plan.digest) if servers else None


def read_jobs(sources: Sources, problem: str) -> list[JobView] | None:
    """Return how the jobs ended, by name; None before the first.

    Raises:
        SQLAlchemyError: the database cannot be read.
    """
    if not sources.has_database:
        return None
    ends = latest_job_runs(sources.engine, problem)
    return [
        JobView(job, ends.get((job, "succeeded")), ends.get((job, "failed")))
        for job in sorted({job for job, _ in ends})
    ] or None


def read_features(sources: Sources, problem: str) -> list[ViewFreshness] | None:
    """Return how new the values of each feature view are; None for a problem without views.

    Raises:
        UserError: the problem file or the online store cannot be read.
    """
    described = sources.problem(problem)
    if not described.views:
        return None
    newest = _newest(described, sources)
    return [
        ViewFreshness(
            name,
            newest.get(name),
            (described.objectives.feature_age_days or view.ttl_days) * _SECONDS_PER_DAY,
        )
        for name, view in described.views.items()
    ]


def _newest(problem: Problem, sources: Sources) -> dict[str, float]:
    settings = sources.settings
    if not settings.redis_connection and not _store_file(problem.name, sources).exists():
        return {}
    try:
        return row_reader(Contract.from_problem(problem), settings).freshness()
    except Exception as error:
        # The clients of stores have no common class of errors.
        raise UserError(f"the online store cannot be read: {error}") from None


def _store_file(problem: str, sources: Sources) -> Path:
    # Not Settings.online_database, which makes the folder.
    return sources.settings.home / "feast" / f"{problem}.db"
