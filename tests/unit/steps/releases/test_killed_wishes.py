"""A wish that is killed at any write: heard or not, the next controller goes on rightly."""

import shutil
from pathlib import Path

import pytest

from homestead.release.record import ReleaseRecord, State, WishKind
from homestead.release.transitions import desired_plan
from homestead.steps.releases.ask import ask
from tests.releases import CANARY, Killed, Releases, writes_of

APPROVED = CANARY.model_copy(
    update={"release": CANARY.release.model_copy(update={"approval": "required"})}
)
# What becomes of the release once the wish is heard: its state, step and share, and the aliases.
Heard = tuple[State, int, float, dict[str, str]]
LIVE = {"champion": "1", "challenger": "2"}
HEARD: dict[WishKind, Heard] = {
    "approve": ("running", 1, 1.0, LIVE),
    "pause": ("paused", 0, 0.1, LIVE),
    "promote": ("promoted", 0, 1.0, {"champion": "2", "previous": "1"}),
    "rollback": ("rolled_back", 0, 0.0, {"champion": "1"}),
}


def follows(releases: Releases, record: ReleaseRecord) -> bool:
    """Return whether the plan and the version's tag are as the record asks."""
    wanted = desired_plan(record)
    tags = releases.mlflow.get_model_version(record.problem, record.challenger.version).tags
    return (
        wanted is not None
        and releases.plan().digest == wanted.digest
        and tags["homestead.release_state"] == record.state
    )


@pytest.fixture(autouse=True)
def _no_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the report, which has tests of its own and takes most of the time."""
    monkeypatch.setattr("homestead.steps.releases.advance.report_change", lambda *_: None)


@pytest.mark.parametrize("kind", list(HEARD))
def test_a_wish_killed_at_any_write_is_carried_out_by_the_next_controller_or_never_was(
    releases: Releases, tmp_path: Path, kind: WishKind
) -> None:
    releases.start(1, APPROVED)
    if kind == "approve":
        assert releases.advance(APPROVED).record == releases.ruling()
    releases.verdict = "undecided"
    asked_of, now = releases.ruling(), releases.now
    home = releases.settings.home
    shutil.copytree(home, tmp_path / "asked_of")
    state, step, share, aliases = HEARD[kind]
    heard_after = []
    # Before the first write, and after each one.
    for fail_at in (1, *range(2, 60, 2)):
        shutil.copytree(tmp_path / "asked_of", home, dirs_exist_ok=True)
        releases.now = now
        with pytest.MonkeyPatch.context() as patch, releases.controller(APPROVED) as controller:
            writes_of(patch, fail_at)
            try:
                ask(controller, kind, "ada")
            except Killed:
                was_killed = True
            else:
                was_killed = False
        releases.advance(APPROVED)
        found = releases.ruling()
        heard = [wish.kind for wish in found.wishes] == [kind]
        heard_after.append(heard)
        assert follows(releases, found)
        if not heard:
            assert found == asked_of
            with releases.controller(APPROVED) as controller:
                ask(controller, kind, "ada")
            releases.advance(APPROVED)
            found = releases.ruling()
        assert (found.state, found.step, found.traffic_share) == (state, step, share)
        assert [(wish.kind, wish.who) for wish in found.wishes] == [(kind, "ada")]
        assert follows(releases, found)
        assert releases.aliases() == aliases
        if not was_killed:
            break
    # It is heard once the record says so, which is the first write.
    assert heard_after == [False, *[True] * (len(heard_after) - 1)]
    assert len(heard_after) > 3
