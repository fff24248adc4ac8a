"""State machine of a release: pure functions of its record, what is known, and the time."""

import json
from typing import Any

from homestead.release.analysis.result import Analysis
from homestead.release.plan import ReleasePlan, ReleaseStep
from homestead.release.record import ReleaseRecord, State

_MINUTE_S, _HOUR_S = 60, 3600


def desired_plan(record: ReleaseRecord) -> ReleasePlan | None:
    """Return the plan that servers shall follow; None for a release that rules none.

    A roll-back first takes the challenger's traffic away and then unloads it, with the exact plan
    of before.
    """
    problem, champion = record.problem, record.champion
    if record.state in ("promoting", "promoted"):
        return ReleasePlan(problem=problem, champion=record.challenger)
    if champion is None or record.state in ("waiting", "superseded"):
        return None
    if record.state == "rolled_back":
        return record.plan_before or ReleasePlan(problem=problem, champion=champion)
    return ReleasePlan(
        problem=problem,
        champion=champion,
        challenger=record.challenger,
        traffic_share=record.traffic_share,
        # Pairs go on at a share of 100%, and with them the evidence.
        paired_share=record.policy.paired_share if record.is_live else 0.0,
        release=ReleaseStep(id=record.id, step=record.step),
    )


def decide(record: ReleaseRecord, analysis: Analysis, now: float) -> ReleaseRecord | None:
    """Return the record as it becomes, or None if nothing changes.

    Harm ends a release at any time, a paused one too. All else needs enough time and requests in
    the present step: too little of either is no evidence, for or against.

    Args:
        record: of a release that is under way.
        analysis: of all that is known of its requests.
        now: seconds since 1970.
    """
    if not record.is_live:
        return None
    numbers = _numbers(analysis)
    if analysis.verdict == "harm":
        return change(record, "rolling_back", analysis.reason, now, numbers)
    if record.state == "paused":
        return None
    policy = record.policy
    if now >= record.deadline:
        what = "approved" if record.state == "awaiting_approval" else "decided"
        reason = f"not {what} within {policy.max_hours:g} hours: {analysis.reason}"
        return change(record, "rolling_back", reason, now, numbers)
    if record.state == "awaiting_approval":
        return _go_on(record, "approved", now, numbers) if record.is_approved else None
    requests, elapsed_s = analysis.challenger_requests, now - record.step_since
    if requests < policy.min_step_requests:
        return _without_traffic(record, requests, now, numbers)
    if elapsed_s < policy.min_step_minutes * _MINUTE_S or analysis.verdict != "go_on":
        return None
    return _go_on(record, analysis.reason, now, numbers)


def complete(record: ReleaseRecord, now: float) -> ReleaseRecord | None:
    """Return the end of a promotion or roll-back whose effects are complete; None for others."""
    ends: dict[State, State] = {"promoting": "promoted", "rolling_back": "rolled_back"}
    end = ends.get(record.state)
    return None if end is None else change(record, end, record.reason, now, record.numbers)


def change(
    record: ReleaseRecord,
    state: State,
    reason: str,
    now: float,
    numbers: dict[str, Any] | None = None,
    **changes: Any,
) -> ReleaseRecord:
    """Return the record in another state, with the reason and the numbers it rests on."""
    changed = record.model_copy(
        update={
            "state": state,
            "reason": reason,
            "changed_at": now,
            "numbers": numbers or {},
            **changes,
        }
    )
    return changed.model_copy(update={"ended_at": now}) if changed.has_ended else changed


def _without_traffic(
    record: ReleaseRecord, requests: int, now: float, numbers: dict[str, Any]
) -> ReleaseRecord | None:
    policy = record.policy
    hours = policy.without_traffic_hours
    if policy.without_traffic == "wait" or now - record.step_since < hours * _HOUR_S:
        return None
    found = f"{requests} requests in {hours:g} hours, {policy.min_step_requests} are needed"
    if policy.without_traffic == "roll_back":
        return change(record, "rolling_back", f"too little traffic: {found}", now, numbers)
    reason = f"promoted without traffic, as the problem file says: {found}"
    if _needs_approval(record):
        return change(record, "awaiting_approval", reason, now, numbers)
    return change(record, "promoting", reason, now, numbers)


def _go_on(
    record: ReleaseRecord, reason: str, now: float, numbers: dict[str, Any]
) -> ReleaseRecord:
    """Return the record at its next step, or at the end of its last one.

    What is still to be approved is the last step, or the promotion if there is only one step.
    """
    last = len(record.steps) - 1
    if record.step >= last - 1 and _needs_approval(record):
        return change(record, "awaiting_approval", reason, now, numbers)
    if record.step == last:
        return change(record, "promoting", reason, now, numbers)
    step = record.step + 1
    return change(record, "running", reason, now, numbers, step=step, step_since=now)


def _needs_approval(record: ReleaseRecord) -> bool:
    return record.policy.approval == "required" and not record.is_approved


def _numbers(analysis: Analysis) -> dict[str, Any]:
    """Return an analysis as a JSON object."""
    numbers: dict[str, Any] = json.loads(analysis.to_json())
    return numbers
