"""Releases of a small problem, whose analysis says what a test wants."""

from collections.abc import Callable
from typing import Any

import pytest
from mlflow import MlflowClient

from homestead.problem.sections.release import ReleasePolicy
from homestead.release.analysis.result import Analysis, Verdict
from homestead.release.evidence import Evidence
from homestead.release.plan import ReleasePlan, read_plan
from homestead.release.plan_store import FilePlanStore
from homestead.release.record import ReleaseRecord
from homestead.settings import Settings
from homestead.steps.releases.advance import advance
from homestead.steps.releases.controller import Advance, Controller
from homestead.steps.releases.records import ReleaseRecords, open_records
from homestead.steps.releases.start import start_release
from homestead.tracking import registry, runs
from tests.registry import (
    PROBLEM,
    Candidates,
    register,
)

CANARY = PROBLEM.model_copy(update={"release": ReleasePolicy(steps=(0.1, 1.0))})
NAME = PROBLEM.name


class Killed(BaseException):
    """The process ends here."""


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
