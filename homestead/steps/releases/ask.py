"""A person's wish for the release under way: written to its record, and carried out at once."""

from homestead.errors import UserError
from homestead.release.record import ReleaseRecord, Wish, WishKind
from homestead.release.wishes import follow_wish
from homestead.steps.releases.controller import Controller
from homestead.steps.releases.records import RecordConflictError

_TRIES = 10


def ask(controller: Controller, kind: WishKind, who: str) -> ReleaseRecord | None:
    """Ask something of the release under way and carry it out; return it as it is afterwards.

    Returns:
        None if a roll-back is asked for and no release is under way: nothing changes then.

    Raises:
        UserError: no release is under way, or it is in no state for the wish.
    """
    name = controller.problem.name
    for _ in range(_TRIES):
        record = controller.records.ruling(name)
        if record is None or record.has_ended:
            _refuse_without_release(name, kind, record)
            return None
        followed = follow_wish(record, Wish(kind=kind, who=who, at=controller.clock()))
        if followed is record:
            return controller.settle()
        try:
            controller.replace(followed, who)
            return controller.settle()
        except RecordConflictError:
            continue  # another controller was faster: its decision may need another answer
    raise UserError(f"{name}: the release changed {_TRIES} times meanwhile; try again")


def _refuse_without_release(name: str, kind: WishKind, last: ReleaseRecord | None) -> None:
    """Refuse a wish where there is no release; a roll-back alone has nothing to do."""
    if kind != "rollback":
        ended = f"; the last one, {last.id}, is {last.state}" if last is not None else ""
        raise UserError(f"{name}: no release is under way, nothing to {kind}{ended}")
