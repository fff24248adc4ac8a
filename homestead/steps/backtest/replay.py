"""Replay of the table's time with one strategy of retraining."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from homestead.database.engine import open_database
from homestead.errors import UserError
from homestead.model.onnx_model import Model, read_model
from homestead.problem.answers.metrics import problem_metric
from homestead.problem.model_metrics.table import score
from homestead.problem.schema import Problem
from homestead.release.plan_store import open_plan_store
from homestead.reports.backtest.result import (
    AlertKind,
    ReplayedAlert,
    ReplayedPeriod,
    ReplayedTraining,
    StrategyName,
)
from homestead.retraining.cause import Cause
from homestead.retraining.evidence import Evidence
from homestead.retraining.records import RetrainingRecords
from homestead.retraining.run import RetrainingRun
from homestead.setting_values import sqlite_url
from homestead.settings import Settings
from homestead.steps.backtest.serving import Answers, Arrivals, add_outcomes, answer, log_answers
from homestead.steps.backtest.timeline import Schedule, Timeline
from homestead.steps.backtest.training import TrainingEnd, train_on
from homestead.steps.check_drift import check_drift
from homestead.steps.drift.reports import newest_drift_report
from homestead.steps.performance.look import look_at_performance
from homestead.steps.retraining.controller import RetrainingController
from homestead.steps.retraining.evidence import drift_finding, read_evidence
from homestead.steps.retraining.training_backend import RunEnd, describe_causes

_BACKEND = "backtest"


@dataclass
class Replay:
    """What a strategy did, and all its answers in the order of the rows."""

    name: StrategyName
    periods: list[ReplayedPeriod]
    trainings: list[ReplayedTraining]
    alerts: list[ReplayedAlert]
    answers: list[Answers]


class Replayer:
    """Trains, serves and watches in a home of its own, at the moment ``now``.

    Args:
        problem: as it trains in the backtest.
        home: an empty folder.
        clock: what time it is in the table, seconds since 1970; it is set before each action.
    """

    def __init__(
        self,
        name: StrategyName,
        problem: Problem,
        timeline: Timeline,
        home: Path,
        seed: int,
        report: Callable[[str], None],
    ) -> None:
        self.problem, self._timeline, self._seed = problem, timeline, seed
        self._settings = own_settings(home)
        self._settings.folder()
        self._report = report
        self.now = 0.0
        self.replay = Replay(name, [], [], [], [])
        self._engine = open_database(self._settings.database_url)
        backend = _Backend(self)
        self._controller = RetrainingController(
            problem,
            RetrainingRecords(self._engine, problem.name),
            backend,
            open_backend=lambda _: backend,
            evidence=self._evidence,
            report=report,
            clock=lambda: self.now,
        )

    def close(self) -> None:
        """Close the database."""
        self._engine.dispose()

    def train(self, reason: str) -> TrainingEnd:
        """Train on what is known now, and release the winner if it beats the champion."""
        known = self._timeline.known(self.now)
        run = f"backtest-{self.replay.name}-{len(self.replay.trainings) + 1}"
        end = train_on(known, self.problem, self._settings, run, self._seed, _ignore)
        self.replay.trainings.append(
            ReplayedTraining(
                at=self.now,
                reason=reason,
                decision=end.decision,
                version=end.champion,
                rows=len(known),
            )
        )
        self._report(
            f"{_day(self.now)} {self.replay.name}: {end.decision}, {len(known)} rows: {reason}"
        )
        if not end.champion:
            raise UserError(
                f"backtest: the training on {len(known)} rows until {_day(self.now)} was not"
                f" promoted, so that nothing can be served: {end.reason}; start later, or relax"
                " the gate"
            )
        return end

    def serve(self, arrivals: Arrivals, until: float, *, logged: bool) -> None:
        """Answer the rows of a period that begins now, with the released model.

        Args:
            logged: whether answers and outcomes are written where the watch reads them.
        """
        model, version = self._champion()
        answers = answer(model, arrivals)
        metric = problem_metric(arrivals.problem)
        found = score([metric], arrivals.y, answers.predictions)[metric.name]
        self.replay.answers.append(answers)
        self.replay.periods.append(
            ReplayedPeriod(
                since=self.now,
                until=until,
                rows=len(arrivals.y),
                value=found.value,
                version=version,
            )
        )
        if logged:
            period = len(self.replay.periods)
            log_answers(
                self._engine, model, version, arrivals, answers, lambda row: f"{period}-{row}"
            )
            received_at = until + arrivals.problem.labels.after_s
            add_outcomes(self._engine, arrivals, lambda row: f"{period}-{row}", received_at)

    def watch(self) -> None:
        """Look at what was served, its performance and drift; retrain if the rules say so."""
        moment = datetime.fromtimestamp(self.now, UTC)
        report = look_at_performance(self.problem, self._settings, now=moment)
        if report.measured is not None and report.measured.verdict == "harm":
            self._alert("harm", report.measured.reason)
        since = datetime.fromtimestamp(self.replay.periods[-1].since, UTC)
        drift = check_drift(self.problem, self._settings, since=since, until=moment, now=moment)
        calibrated = drift_finding(newest_drift_report(self._engine, self.problem.name))
        if calibrated is not None and calibrated.holds:
            self._alert("drift", calibrated.reason)
        elif drift.verdict == "drift":
            self._alert("drift", f"drift share {drift.share:.2f}, allowed {drift.threshold:.2f}")
        if self._controller.check().decision.action == "start":
            self._controller.check()  # records how the run ended, which it has

    def _alert(self, kind: AlertKind, reason: str) -> None:
        self.replay.alerts.append(ReplayedAlert(at=self.now, reason=reason, kind=kind))
        self._report(f"{_day(self.now)} {self.replay.name}: {kind}: {reason}")

    def _champion(self) -> tuple[Model, str]:
        plan = open_plan_store(self._settings, self.problem.name).read()
        if plan is None:  # the first training has released one
            raise UserError(f"backtest: {self.problem.name} has no champion")
        champion = plan.champion
        return read_model(champion.uri, champion.digest), champion.version

    def _evidence(self) -> Evidence:
        """Return what is known, with ages in the table's time: registry and jobs know their own."""
        evidence = read_evidence(self._engine, self.problem, self._settings)
        latest = self.replay.trainings[-1]
        rows = sum(p.rows for p in self.replay.periods if p.since >= latest.at)
        return replace(evidence, confirmed_at=latest.at, new_labels=rows)


class _Backend:
    """Carries out a run at once, in this process."""

    name = _BACKEND

    def __init__(self, replayer: Replayer) -> None:
        self._replayer = replayer
        self._ends: dict[str, RunEnd] = {}

    def submit(self, run: RetrainingRun, causes: list[Cause]) -> str | None:
        if run.id not in self._ends:
            end = self._replayer.train(describe_causes(causes))
            self._ends[run.id] = RunEnd("succeeded", end.reason, end.decision)
        return run.id

    def poll(self, run: RetrainingRun) -> RunEnd | None:
        return self._ends.get(run.id)


def replay_strategy(replayer: Replayer, schedule: Schedule, arrivals: Sequence[Arrivals]) -> Replay:
    """Replay all periods; return what the strategy did.

    Raises:
        UserError: a training fails, or the first one is not promoted.
    """
    name = replayer.replay.name
    trained_month = _month(schedule.start)
    replayer.now = schedule.start
    replayer.train("the first training")
    for (since, until), arriving in zip(schedule.periods(), arrivals, strict=True):
        replayer.now = since
        if name == "monthly" and _month(since) != trained_month:
            trained_month = _month(since)
            replayer.train("a month has begun")
        if len(arriving.y):
            replayer.serve(arriving, until, logged=name == "loop")
        replayer.now = until
        if name == "loop" and until < schedule.end:
            replayer.watch()
    return replayer.replay


def own_settings(home: Path) -> Settings:
    """Return settings of a home that shares nothing with any other."""
    return Settings(
        home=home,
        tracking_uri=sqlite_url(home / "mlflow.db"),
        database_url=sqlite_url(home / "homestead.db"),
        redis_connection="",
        feast_registry=sqlite_url(home / "feast" / "registry.db"),
        model_cache=home / "models",
        release_uri="",
        signing_key=home / "keys" / "signing.pem",
        verify_keys=home / "keys" / "trusted",
    )


def _month(seconds: float) -> tuple[int, int]:
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.year, moment.month


def _day(seconds: float) -> str:
    return str(np.datetime64(int(seconds), "s").astype("datetime64[D]"))


def _ignore(_: str) -> None:
    pass
