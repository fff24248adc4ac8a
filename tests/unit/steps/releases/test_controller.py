"""Controller: wherever it is killed, and however many there are, the release ends rightly."""

import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from homestead.errors import UserError
from homestead.release.analysis.result import Verdict
from homestead.release.evidence import Evidence
from homestead.steps.releases.advance import advance
from homestead.steps.releases.ask import ask
from homestead.steps.releases.certified import ReleaseRefusedError
from homestead.steps.releases.history import answering, read_events
from homestead.steps.releases.records import open_records
from tests.releases import CANARY, NAME, Killed, Releases, writes_of


def test_a_good_challenger_becomes_champion_step_by_step(releases: Releases) -> None:
    record = releases.start(1)
    assert releases.plan().traffic_share == 0.1
    assert releases.aliases() == {"champion": "1", "challenger": record.challenger.version}
    releases.advance()
    assert releases.plan().traffic_share == 1
    assert releases.advance().record == releases.ruling()
    assert releases.ruling().state == "promoted"
    assert releases.plan().champion == record.challenger
    assert releases.plan().challenger is None
    assert releases.aliases() == {"champion": "2", "previous": "1"}
    version = releases.mlflow.get_model_version(NAME, "2")
    assert version.description == "Release flats-2: promoted. figures"
    assert version.tags["homestead.release_reason"] == "figures"
    with open_records(releases.settings) as records:
        events = read_events(records.engine, NAME)
    assert [event.state for event in events if event.release == "flats-2"] == [
        *("running", "running", "promoting", "promoted")
    ]
    assert answering(events, 1_000_000.0) == {"1": 0.9, "2": 0.1}
    assert answering(events, releases.now) == {"2": 1.0}


def test_a_bad_challenger_is_taken_back_to_the_exact_plan_before(releases: Releases) -> None:
    before = releases.plan()
    releases.start(1)
    releases.advance()
    releases.verdict = "harm"
    releases.advance()
    assert releases.ruling().state == "rolled_back"
    assert releases.plan().model_copy(update={"revision": before.revision}) == before
    assert releases.aliases() == {"champion": "1"}
    with pytest.raises(ReleaseRefusedError, match="version 2 was rolled back already"):
        releases.start(1)
    again = releases.start(1, who="ada")
    assert (again.id, again.state, again.step) == ("flats-3", "running", 0)


@pytest.mark.parametrize("verdict", ["go_on", "harm"])
def test_killed_at_any_write_the_next_controller_ends_the_same(
    releases: Releases, tmp_path: Path, verdict: Verdict
) -> None:
    releases.start(1)
    started = tmp_path / "started"
    shutil.copytree(releases.settings.home, started)
    kills = 0
    for fail_at in range(1, 60):
        shutil.copytree(started, releases.settings.home, dirs_exist_ok=True)
        releases.verdict = verdict
        with pytest.MonkeyPatch.context() as patch:
            writes_of(patch, fail_at)
            try:
                end = releases.run_to_the_end()
            except Killed:
                kills += 1
                end = None
        if end is None:
            end = releases.run_to_the_end()
        else:
            break
        assert end.state == ("promoted" if verdict == "go_on" else "rolled_back")
        assert releases.plan().challenger is None
        champion = "2" if verdict == "go_on" else "1"
        assert releases.plan().champion.version == champion
        previous = {"previous": "1"} if verdict == "go_on" else {}
        assert releases.aliases() == {"champion": champion, **previous}
        tags = releases.mlflow.get_model_version(NAME, "2").tags
        assert tags["homestead.release_state"] == end.state
    assert kills >= 14


@pytest.fixture
def stored(releases: Releases, database_url: str) -> Releases:
    """Keep the records of releases in a database of each kind."""
    releases.settings = releases.settings.model_copy(update={"database_url": database_url})
    return releases


def at_once(step: Callable[[int], object], count: int = 4) -> list[BaseException]:
    """Take a step in threads that begin together; return what they raised."""
    barrier = threading.Barrier(count)
    faults: list[BaseException] = []

    def run(number: int) -> None:
        barrier.wait()
        try:
            step(number)
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return faults


def test_controllers_at_once_make_one_transition(stored: Releases) -> None:
    stored.start(1)
    stored.now += 3600
    now = stored.now
    for _ in range(2):
        faults = at_once(
            lambda _: advance(
                CANARY, stored.settings, lambda _: None, lambda *_: Evidence(), lambda: now
            )
        )
        assert not faults
        # The step began just now, so that another one has to wait.
        assert stored.ruling().step == 1
        assert stored.ruling().step_since == now
        assert stored.plan().traffic_share == 1
    with open_records(stored.settings) as records:
        events = read_events(records.engine, NAME)
    own = [event for event in events if event.release == stored.ruling().id]
    assert [(event.revision, event.step) for event in own] == [(0, 0), (1, 1)]


def test_a_roll_back_wins_over_controllers_that_promote_at_once(stored: Releases) -> None:
    before = stored.plan()
    stored.start(1)
    stored.advance()
    stored.now += 3600

    def step(number: int) -> None:
        if number:
            advance(
                CANARY, stored.settings, lambda _: None, lambda *_: Evidence(), lambda: stored.now
            )
            return
        with stored.controller() as controller:
            ask(controller, "rollback", "ada")

    faults = at_once(step)
    end = stored.run_to_the_end()
    if end.state == "promoted":
        # It was complete before the person asked.
        assert stored.plan().champion == end.challenger
        assert stored.aliases() == {"champion": "2", "previous": "1"}
    else:
        assert not faults
        assert stored.plan().digest == before.digest
        assert stored.aliases() == {"champion": "1"}
    assert stored.plan().challenger is None


def test_wishes_of_people_are_carried_out_at_once(releases: Releases) -> None:
    before = releases.plan()
    with releases.controller() as controller:
        assert ask(controller, "rollback", "ada") is None
        with pytest.raises(UserError, match="flats: no release is under way, nothing to promote"):
            ask(controller, "promote", "ada")
    assert releases.plan() == before
    releases.start(1)
    with releases.controller() as controller:
        ask(controller, "pause", "ada")
        assert releases.advance().record == releases.ruling()
        assert releases.ruling().state == "paused"
        assert releases.plan().traffic_share == 0.1
        end = ask(controller, "rollback", "ada")
    assert end is not None
    assert end.state == "rolled_back"
    assert releases.plan().digest == before.digest
    with open_records(releases.settings) as records:
        events = read_events(records.engine, NAME)
    assert [event.who for event in events if event.release == "flats-2"] == [
        *(None, "ada", "ada", None)
    ]


def test_an_unreadable_plan_or_log_changes_nothing(releases: Releases) -> None:
    record = releases.start(1)
    path = releases.settings.release_plan(NAME)
    text = path.read_text()
    path.write_text("{")
    with pytest.raises(UserError, match="invalid JSON"):
        releases.advance()
    path.write_text(text)
    assert releases.ruling() == record

    def unreadable(*_: Any) -> Evidence:
        raise UserError("evidence cannot be read")

    with pytest.raises(UserError, match="evidence cannot be read"):
        advance(CANARY, releases.settings, releases.messages.append, unreadable)
    assert releases.ruling() == record
    assert path.read_text() == text
