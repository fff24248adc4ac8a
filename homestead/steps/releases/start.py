"""Start of a release: what may be released, and in place of what."""

from collections.abc import Iterable
from typing import Any

from homestead.errors import UserError
from homestead.names import PREVIOUS
from homestead.release.plan import ModelVersion, ReleasePlan
from homestead.release.record import ReleaseRecord, release_id
from homestead.release.transitions import change
from homestead.steps.releases.certificates import read_certificate
from homestead.steps.releases.certified import (
    ReleaseRefusedError,
    require_certified,
    require_certified_against,
)
from homestead.steps.releases.controller import Controller, describe_state
from homestead.steps.releases.evidence import learnt_values
from homestead.steps.releases.records import RecordConflictError
from homestead.steps.releases.report import report_change
from homestead.tracking import registry

_HOUR_S = 3600
# Each try loses only to another start or to a step of another controller.
_TRIES = 10


def start_release(
    controller: Controller, version: ModelVersion, *, run_id: str = "", who: str | None = None
) -> ReleaseRecord:
    """Start the release of a registered version; return it, or the one that has it already.

    A problem's first model, and with the strategy ``immediate`` each, is champion afterwards.
    While a release is under way the new one takes its place, or waits, as the problem file says. A
    version that was champion before comes back at once: it needs no other proof.

    Args:
        run_id: the training run that asks for it. Asking again starts nothing new.
        who: the person who asks for it, a repeated release of the same version too.

    Raises:
        ReleaseRefusedError: the version is champion already, was rolled back (and no person asks
            for it), or its certificate is not for the present champion.
        UserError: its model file or certificate is not the registered one.
    """
    for _ in range(_TRIES):
        controller.settle()
        try:
            record = _start(controller, version, run_id, who)
        except RecordConflictError:
            continue
        controller.settle()
        started = controller.records.of_id(record.id) or record
        # Whoever follows the run's link finds the report before the first look at the requests.
        report_change(controller, started)
        return started
    raise UserError(
        f"{controller.problem.name}: releases changed {_TRIES} times while one was started;"
        " try again"
    )


def begin_waiting(controller: Controller) -> ReleaseRecord | None:
    """Begin the release that waited, if none is under way any more; return it, or None.

    It is given up if the champion is another by now than the one it was compared with.
    """
    records, name = controller.records, controller.problem.name
    waiting, ruling = records.waiting(name), records.ruling(name)
    if waiting is None or (ruling is not None and not ruling.has_ended):
        return None
    try:
        return _begin_waiting(controller, waiting)
    except RecordConflictError:
        return None  # another controller was faster


def _begin_waiting(controller: Controller, waiting: ReleaseRecord) -> ReleaseRecord:
    name = controller.problem.name
    now = controller.clock()
    champion = registry.champion(controller.mlflow, name)
    try:
        require_certified_against(
            controller.mlflow, controller.settings, name, waiting.challenger, champion
        )
    except UserError as error:
        return controller.replace(change(waiting, "superseded", f"not begun: {error}", now))
    begun = _begin(controller, waiting, champion, controller.store.read(), now)
    return controller.replace(begun)


def adopt_champion(controller: Controller) -> ReleaseRecord | None:
    """Release a champion that was made before releases were recorded, if no plan names it."""
    name = controller.problem.name
    champion = registry.champion(controller.mlflow, name)
    plan = controller.store.read()
    if champion is None or (plan is not None and plan.champion.digest == champion.digest):
        return None
    champion = require_certified(controller.mlflow, controller.settings, name, champion)
    record = _new_record(controller, champion, "the champion when releases began to be recorded")
    try:
        _insert(controller, change(record, "promoting", record.reason, record.started_at))
    except RecordConflictError as error:
        controller.report(f"release {error}: another process was faster")
    return controller.settle()


def _start(
    controller: Controller, version: ModelVersion, run_id: str, who: str | None
) -> ReleaseRecord:
    records, problem = controller.records, controller.problem
    ruling, waiting = records.ruling(problem.name), records.waiting(problem.name)
    earlier = records.of_digest(problem.name, version.digest)
    if earlier is not None and _is_the_same_wish(earlier, run_id):
        return earlier
    champion = registry.champion(controller.mlflow, problem.name)
    if champion is not None and champion.digest == version.digest:
        raise ReleaseRefusedError(f"version {version.version} is the champion already")
    if who is None and earlier is not None and earlier.state == "rolled_back":
        _refuse_repetition(earlier, champion)
    returns = who is not None and _was_champion(controller, version)
    stores = controller.mlflow, controller.settings
    if returns:
        version = require_certified(*stores, problem.name, version)
    else:
        version = require_certified_against(*stores, problem.name, version, champion)
    policy = problem.release
    under_way = ruling if ruling is not None and not ruling.has_ended else None
    record = _new_record(
        controller, version, f"waits for the end of release {under_way and under_way.id}"
    ).model_copy(update={"run_id": run_id, "champion": champion})
    if returns:
        policy = policy.model_copy(update={"strategy": "immediate"})
        record = record.model_copy(update={"policy": policy})
    now = record.started_at
    waits = under_way is not None and policy.while_releasing == "wait" and not returns
    if not waits:
        # The way back leads to what was before the release that makes room.
        plan = under_way.plan_before if under_way else controller.store.read()
        record = _begin(controller, record, champion, plan, now, who)
    replaced = [waiting, None if waits else under_way]
    _insert(controller, record, [old for old in replaced if old is not None])
    return record


def _new_record(controller: Controller, version: ModelVersion, reason: str) -> ReleaseRecord:
    """Return a record that waits, with the next number."""
    now = controller.clock()
    name = controller.problem.name
    number = controller.records.next_number(name)
    return ReleaseRecord(
        id=release_id(name, number),
        problem=name,
        number=number,
        challenger=version,
        champion=None,
        plan_before=None,
        policy=controller.problem.release,
        state="waiting",
        started_at=now,
        changed_at=now,
        step_since=now,
        deadline=now,
        reason=reason,
    )


def _insert(
    controller: Controller, record: ReleaseRecord, replaced: Iterable[ReleaseRecord] = ()
) -> None:
    reason = f"version {record.challenger.version} took its place (release {record.id})"
    ended = [change(old, "superseded", reason, record.started_at) for old in replaced]
    controller.records.start(record, superseded=ended)
    for old in ended:
        controller.report(f"release {old.id}: superseded: {old.reason}")
    controller.report(f"release {record.id}: {describe_state(record)}: {record.reason}")


def _begin(
    controller: Controller,
    record: ReleaseRecord,
    champion: ModelVersion | None,
    plan_before: ReleasePlan | None,
    now: float,
    who: str | None = None,
) -> ReleaseRecord:
    """Return the record as it begins, with the way back from it."""
    immediate = champion is None or record.policy.strategy == "immediate"
    aliases = registry.aliases(controller.mlflow, record.problem)
    begun: dict[str, Any] = {
        "champion": champion,
        "plan_before": plan_before,
        "previous_version": aliases.get(PREVIOUS),
        "started_at": now,
        "step_since": now,
        "deadline": now + record.policy.max_hours * _HOUR_S,
    }
    if not immediate:
        begun["slices"] = _certified_slices(controller, record.challenger)
        begun["learnt"] = learnt_values(controller.problem, record.challenger, champion)
    by = f", asked for by {who}" if who else ""
    if champion is None:
        reason = "the problem's first model"
    elif immediate:
        reason = "released at once, as the strategy 'immediate' says"
    else:
        reason = f"{record.policy.strategy} in place of version {champion.version}"
    return change(record, "promoting" if immediate else "running", reason + by, now, **begun)


def _certified_slices(controller: Controller, version: ModelVersion) -> dict[str, tuple[str, ...]]:
    """Return the slices' names in a version's certificate, of numbers and learnt categories.

    Without a certificate that can be read now, categories with listed values alone are sliced.
    """
    problem = controller.problem
    certificate = read_certificate(controller.mlflow, problem.name, version)
    names: dict[str, tuple[str, ...]] = {}
    for result in certificate.slices if certificate else ():
        if result.column in problem.slices and problem.category_codes(result.column) is None:
            names[result.column] = (*names.get(result.column, ()), result.value)
    return names


def _is_the_same_wish(earlier: ReleaseRecord, run_id: str) -> bool:
    """Return whether a release is under way or waits, or the same training run asked for it."""
    return not earlier.has_ended or bool(run_id and earlier.run_id == run_id)


def _refuse_repetition(earlier: ReleaseRecord, champion: ModelVersion | None) -> None:
    """Refuse to release a model again that was rolled back in favour of the same champion."""
    before = earlier.champion
    if before is not None and champion is not None and before.digest == champion.digest:
        version = earlier.challenger.version
        raise ReleaseRefusedError(
            f"version {version} was rolled back already (release {earlier.id}: {earlier.reason});"
            f" homestead release start --version {version} releases it again"
        )


def _was_champion(controller: Controller, version: ModelVersion) -> bool:
    name = controller.problem.name
    if registry.aliases(controller.mlflow, name).get(PREVIOUS) == version.version:
        return True
    releases = controller.records.all(name)
    return any(r.state == "promoted" and r.challenger.digest == version.digest for r in releases)
