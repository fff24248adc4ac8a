"""What people ask of a release under way, and what becomes of it."""

from homestead.errors import UserError
from homestead.release.record import ReleaseRecord, State, Wish
from homestead.release.transitions import change


def follow_wish(record: ReleaseRecord, wish: Wish) -> ReleaseRecord:
    """Return the record as a person's wish makes it: the same one if that changes nothing.

    A roll-back wins over a promotion that is not complete. What has ended stays as it is.

    Raises:
        UserError: the release is in no state for this wish.
    """
    follow = {
        "approve": _approve,
        "promote": _promote,
        "rollback": _roll_back,
        "pause": _pause,
        "resume": _resume,
    }[wish.kind]
    followed = follow(record, wish)
    if followed is record:
        return record
    return followed.model_copy(update={"wishes": (*record.wishes, wish)})


def _approve(record: ReleaseRecord, wish: Wish) -> ReleaseRecord:
    _require_live(record, wish)
    if record.policy.approval == "none":
        raise UserError(
            f"release {record.id}: waits for no approval; 'release.approval: required' in the"
            " problem file makes the next one wait"
        )
    if record.is_approved:
        return record
    return _keep_state(record, wish, f"approved by {wish.who}")


def _promote(record: ReleaseRecord, wish: Wish) -> ReleaseRecord:
    if record.state == "promoting":
        return record
    _require_live(record, wish)
    return change(record, "promoting", f"promoted by {wish.who}", wish.at)


def _roll_back(record: ReleaseRecord, wish: Wish) -> ReleaseRecord:
    if record.state == "rolling_back":
        return record
    if record.champion is None:
        raise UserError(f"release {record.id}: a problem's first model, nothing was before it")
    if record.state != "promoting":
        _require_live(record, wish)
    return change(record, "rolling_back", f"rolled back by {wish.who}", wish.at)


def _pause(record: ReleaseRecord, wish: Wish) -> ReleaseRecord:
    if record.state == "paused":
        return record
    _require_live(record, wish)
    return change(record, "paused", f"paused by {wish.who}", wish.at, paused_at=wish.at)


def _resume(record: ReleaseRecord, wish: Wish) -> ReleaseRecord:
    """Return the record as it goes on: what was paused counts neither as time nor as delay."""
    if record.state in ("running", "awaiting_approval"):
        return record
    _require_live(record, wish)
    paused_s = wish.at - (record.paused_at or wish.at)
    return change(
        record,
        "running",
        f"resumed by {wish.who}",
        wish.at,
        paused_at=None,
        step_since=record.step_since + paused_s,
        deadline=record.deadline + paused_s,
    )


def _keep_state(record: ReleaseRecord, wish: Wish, reason: str) -> ReleaseRecord:
    state: State = record.state
    return change(record, state, reason, wish.at, record.numbers)


def _require_live(record: ReleaseRecord, wish: Wish) -> None:
    if not record.is_live:
        raise UserError(f"release {record.id}: is {record.state}, nothing to {wish.kind}")
