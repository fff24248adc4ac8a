"""Controller: wherever it is killed, and however many there are, the release ends rightly."""

import json
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient
from mlflow.tracking._tracking_service import utils as mlflow_utils

from homestead.errors import UserError
from homestead.problem.sections.release import ReleasePolicy
from homestead.release.analysis.result import Analysis, Verdict
from homestead.release.evidence import Evidence
from homestead.release.plan import ReleasePlan, read_plan
from homestead.release.plan_store import FilePlanStore
from homestead.release.record import ReleaseRecord
from homestead.settings import Settings
from homestead.steps.releases import controller as controllers
from homestead.steps.releases.advance import advance
from homestead.steps.releases.ask import ask
from homestead.steps.releases.certified import ReleaseRefusedError
from homestead.steps.releases.controller import Advance, Controller
from homestead.steps.releases.history import answering, read_events
from homestead.steps.releases.records import ReleaseRecords, open_records
from homestead.steps.releases.start import start_release
from homestead.steps.releases.status import read_status
from homestead.tracking import registry, runs
from tests.conftest import settings_at
from tests.registry import (
    PROBLEM,
    Candidates,
    log_candidates,
    promote,
    read_candidates,
    register,
    release,
)

CANARY = PROBLEM.model_copy(update={"release": ReleasePolicy(steps=(0.1, 1.0))})
NAME = PROBLEM.name


class Killed(BaseException):
    """The process ends here."""


class Releases:
    """A home with a champion (version 1) and registered challengers.

    Attributes:
        now: seconds since 1970; each step of the controller takes an hour.
        verdict: of the analysis, whatever the evidence.
    """

    def __init__(self, settings: Settings, candidates: Candidates) -> None:
        self.settings = settings
        self.candidates = sorted(candidates.values(), key=lambda candidate: candidate.digest)
        self.mlflow = runs.open_client(settings)
        self.now = 1_000_000.0
        self.verdict: Verdict = "go_on"
        self.messages: list[str] = []

    def analyse(self, *_: Any) -> Analysis:
        return Analysis(
            verdict=self.verdict, reason="figures", error_level=0.01, challenger_requests=1000
        )

    def start(self, number: int, problem: Any = CANARY, **wish: Any) -> ReleaseRecord:
        """Register a candidate against the first one, and start its release."""
        candidate = self.candidates[number]
        version = register(self.settings, candidate, self.candidates[0].digest).version
        assert version is not None
        with self.controller(problem) as controller:
            return start_release(controller, version, **wish)

    def controller(self, problem: Any = CANARY) -> Any:
        class Opened:
            def __enter__(opened) -> Controller:  # noqa: N805
                opened.records = open_records(self.settings)
                return Controller(
                    problem,
                    self.settings,
                    opened.records.__enter__(),
                    report=self.messages.append,
                    evidence=lambda *_: Evidence(),
                    clock=lambda: self.now,
                )

            def __exit__(opened, *error: Any) -> None:  # noqa: N805
                opened.records.__exit__(*error)

        return Opened()

    def advance(self, problem: Any = CANARY) -> Advance:
        self.now += 3600
        return advance(
            problem,
            self.settings,
            self.messages.append,
            lambda *_: Evidence(),
            lambda: self.now,
        )

    def plan(self) -> ReleasePlan:
        return read_plan(self.settings.release_plan(NAME))

    def aliases(self) -> dict[str, str]:
        return registry.aliases(self.mlflow, NAME)

    def ruling(self) -> ReleaseRecord:
        with open_records(self.settings) as records:
            record = records.ruling(NAME)
        assert record is not None
        return record

    def run_to_the_end(self) -> ReleaseRecord:
        for _ in range(9):
            outcome = self.advance()
            if outcome.record is not None and outcome.record.has_ended:
                return outcome.record
        raise AssertionError(self.messages)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a home with a champion that is copied for each test."""
    folder = tmp_path_factory.mktemp("releases")
    settings = settings_at(folder / "home")
    candidates = log_candidates(settings)
    first = min(candidates.values(), key=lambda candidate: candidate.digest)
    promote(settings, first, None)

    texts = {name: candidate.to_json() for name, candidate in candidates.items()}
    (settings.home / "candidates.json").write_text(json.dumps(texts))
    return settings.home


@pytest.fixture
def releases(template: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Releases:
    shutil.copytree(template, settings.home)
    # MLflow remembers in which home a model lies.
    mlflow_utils._artifact_repos_cache.clear()
    runs.open_client(settings)
    old = template.as_uri()
    path = settings.home / "candidates.json"
    path.write_text(path.read_text().replace(old, settings.home.as_uri()))
    made = Releases(settings, read_candidates(path))
    monkeypatch.setattr(controllers, "analyse", made.analyse)
    return made


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


def writes_of(monkeypatch: pytest.MonkeyPatch, fail_at: int) -> list[int]:
    """Let the nth write fail as in a process that is killed before or after it."""
    count = [0]
    targets: list[tuple[Any, str]] = [
        (ReleaseRecords, "replace"),
        (FilePlanStore, "write"),
        (MlflowClient, "set_registered_model_alias"),
        (MlflowClient, "delete_registered_model_alias"),
        (MlflowClient, "set_model_version_tag"),
        (MlflowClient, "update_model_version"),
    ]

    def fatal(method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            count[0] += 1
            if 2 * count[0] - 1 == fail_at:
                raise Killed
            answer = method(*arguments, **named)
            if 2 * count[0] == fail_at:
                raise Killed
            return answer

        return call

    for owner, name in targets:
        monkeypatch.setattr(owner, name, fatal(getattr(owner, name)))
    return count


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


def test_controllers_at_once_make_one_transition(releases: Releases) -> None:
    releases.start(1)
    releases.now += 3600
    barrier = threading.Barrier(4)
    faults: list[BaseException] = []

    def step() -> None:
        barrier.wait()
        try:
            advance(
                CANARY,
                releases.settings,
                lambda _: None,
                lambda *_: Evidence(),
                lambda: releases.now,
            )
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=step) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    assert releases.ruling().step == 1
    assert releases.plan().traffic_share == 1


def test_a_newer_challenger_starts_at_step_0_and_its_way_back_leads_to_the_champion(
    releases: Releases,
) -> None:
    before = releases.plan()
    first = releases.start(1)
    releases.advance()
    second = releases.start(2)
    assert (second.step, second.state) == (0, "running")
    assert second.plan_before is not None
    assert second.plan_before.digest == before.digest
    with open_records(releases.settings) as records:
        replaced = records.of_id(first.id)
    assert replaced is not None
    assert replaced.state == "superseded"
    assert releases.plan().release is not None
    assert releases.plan().release.id == second.id  # type: ignore[union-attr]
    releases.verdict = "harm"
    releases.advance()
    assert releases.plan().digest == before.digest


def test_a_waiting_challenger_begins_when_the_champion_is_still_its_own(
    releases: Releases,
) -> None:
    waits = CANARY.model_copy(
        update={"release": CANARY.release.model_copy(update={"while_releasing": "wait"})}
    )
    releases.start(1)
    second = releases.start(2, waits)
    assert second.state == "waiting"
    assert releases.plan().challenger == releases.ruling().challenger != second.challenger
    releases.verdict = "harm"
    releases.advance()
    assert (releases.ruling().id, releases.ruling().state) == (second.id, "running")
    assert releases.plan().challenger == second.challenger


def test_what_waited_for_a_new_champion_is_given_up(releases: Releases) -> None:
    waits = CANARY.model_copy(
        update={"release": CANARY.release.model_copy(update={"while_releasing": "wait"})}
    )
    releases.start(1)
    second = releases.start(2, waits)
    releases.run_to_the_end()
    with open_records(releases.settings) as records:
        given_up = records.of_id(second.id)
    assert given_up is not None
    assert given_up.state == "superseded"
    assert "the champion is version 2" in given_up.reason
    assert releases.ruling().state == "promoted"


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


def test_a_promoted_version_gives_way_to_the_one_before_it_at_once(releases: Releases) -> None:
    releases.start(1)
    releases.run_to_the_end()
    first = registry.version_of_number(releases.mlflow, NAME, "1")
    with releases.controller() as controller:
        back = start_release(controller, first, who="ada")
    assert back.state == "promoted"
    assert releases.plan().champion.version == "1"
    assert releases.aliases() == {"champion": "1", "previous": "2"}


def test_status_names_what_disagrees_and_the_next_step_heals_it(releases: Releases) -> None:
    releases.start(1)

    def disagreements() -> list[str]:
        with releases.controller() as controller:
            return list(read_status(controller).disagreements)

    assert disagreements() == []
    path = releases.settings.release_plan(NAME)
    store = FilePlanStore(path)
    plan = releases.plan()
    store.write(ReleasePlan(problem=NAME, champion=plan.champion), expected=plan)
    releases.mlflow.set_registered_model_alias(NAME, "champion", "2")
    found = disagreements()
    assert len(found) == 2
    assert "the plan: version 1 answers all requests; release flats-2 asks" in found[0]
    assert "alias champion is version 2, release flats-2 asks for version 1" in found[1]
    releases.verdict = "undecided"
    releases.advance()
    assert disagreements() == []


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


def test_a_certificate_against_another_champion_starts_nothing(releases: Releases) -> None:
    version = register(
        releases.settings, releases.candidates[2], releases.candidates[0].digest
    ).version
    assert version is not None
    releases.start(1, PROBLEM)
    with (
        releases.controller() as controller,
        pytest.raises(
            ReleaseRefusedError, match="version 2: its certificate compares it with model"
        ),
    ):
        start_release(controller, version)
    assert release(releases.settings) is not None
    assert releases.plan().champion.version == "3"
