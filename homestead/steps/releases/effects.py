"""Effects of a release's state on the plan and the registry: idempotent, so they can be repeated.

The record says what is intended before any effect, so a controller that was killed leaves nothing
that the next one does not complete.
"""

from collections.abc import Callable

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from homestead.errors import PlanConflictError, UserError
from homestead.names import CHALLENGER, CHAMPION, PREVIOUS
from homestead.release.plan import ReleasePlan
from homestead.release.plan_store import PlanStore
from homestead.release.record import ReleaseRecord
from homestead.release.transitions import desired_plan
from homestead.steps.releases.records import ReleaseRecords
from homestead.tracking import registry, tags
from homestead.tracking.pages.descriptions import with_release

# Each try loses only to another write of the plan.
_TRIES = 20
_REGISTRY_TRIES = 3


def follow_record(
    store: PlanStore, records: ReleaseRecords, problem: str, report: Callable[[str], None]
) -> ReleaseRecord | None:
    """Write the plan that the problem's release asks for, if it is another; return the record.

    The plan is read before the record. So whoever replaces a plan knows a record that is as new as
    that plan, and a controller that was slow cannot undo what a newer record asked for.

    Raises:
        UserError: the plan cannot be read or written; it is then unchanged.
    """
    for _ in range(_TRIES):
        plan = store.read()
        record = records.ruling(problem)
        wanted = None if record is None else desired_plan(record)
        if record is None or wanted is None or is_followed(plan, wanted, record):
            return record
        try:
            store.write(wanted, expected=plan)
        except PlanConflictError:
            continue
        report(f"plan: {describe_plan(wanted)}")
    raise PlanConflictError(f"release plan of {problem}: changed {_TRIES} times while it was read")


def is_followed(plan: ReleasePlan | None, wanted: ReleasePlan, record: ReleaseRecord) -> bool:
    """Return whether the plan is as wanted.

    After a release a challenger that a person added to the plan may stay.
    """
    if plan is None:
        return False
    if record.has_ended and plan.release is None:
        return plan.champion.digest == wanted.champion.digest
    return plan.digest == wanted.digest


def describe_plan(plan: ReleasePlan) -> str:
    """Return who answers how much, in words."""
    if plan.challenger is None:
        return f"version {plan.champion.version} answers all requests"
    share = f"{plan.traffic_share:.0%} of the subjects"
    return f"version {plan.challenger.version} answers {share}, {plan.champion.version} the others"


def follow_in_registry(mlflow: MlflowClient, record: ReleaseRecord) -> list[str]:
    """Move aliases as the release's state asks, and describe the version; return moved aliases.

    An alias ``champion`` that a person took away stays away, unless a new champion is made.

    Raises:
        UserError: the registry cannot be reached.
    """
    for attempt in range(_REGISTRY_TRIES):
        try:
            return _follow_in_registry(mlflow, record)
        except MlflowException as error:
            # MLflow fails over a tag or alias that another process writes at the same time.
            if attempt == _REGISTRY_TRIES - 1:
                raise UserError(f"model registry {mlflow.tracking_uri}: {error}") from None
    return []


def _follow_in_registry(mlflow: MlflowClient, record: ReleaseRecord) -> list[str]:
    name = record.problem
    found = registry.aliases(mlflow, name)
    changed = registry.set_aliases(mlflow, name, wanted_aliases(record, found))
    version_tags = {tags.RELEASE: record.id, tags.RELEASE_STATE: record.state}
    if record.has_ended:
        version_tags[tags.RELEASE_REASON] = record.reason
    version = record.challenger.version
    release = f"Release {record.id}: {record.state.replace('_', ' ')}. {record.reason}"
    description = mlflow.get_model_version(name, version).description or ""
    registry.describe_version(
        mlflow, name, version, with_release(description, release), version_tags
    )
    return changed


def wanted_aliases(record: ReleaseRecord, found: dict[str, str]) -> dict[str, str | None]:
    """Return the aliases that a release asks for; None for one that is to be removed.

    Args:
        found: those of the registry.
    """
    challenger = record.challenger.version
    champion = None if record.champion is None else record.champion.version
    wanted: dict[str, str | None] = {}
    if record.state in ("promoting", "promoted"):
        if record.state == "promoting" and champion is not None:
            wanted[PREVIOUS] = champion
        if record.state == "promoting" or CHAMPION in found:
            wanted[CHAMPION] = challenger
    elif CHAMPION in found:
        wanted[CHAMPION] = champion
        # A promotion that was given up has moved it.
        if found.get(PREVIOUS) == champion:
            wanted[PREVIOUS] = record.previous_version
    if record.is_live:
        wanted[CHALLENGER] = challenger
    elif record.state != "rolling_back" and found.get(CHALLENGER) == challenger:
        wanted[CHALLENGER] = None
    return wanted
