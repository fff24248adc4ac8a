"""Simulated backends: an API whose answers get lost, and processes that are killed."""

from collections import Counter
from collections.abc import Callable

from benchmarks.retraining.faults import Faults, KilledError
from homestead.errors import UserError
from homestead.retraining.cause import Cause
from homestead.retraining.records import RetrainingRecords, RunConflictError
from homestead.retraining.run import RetrainingRun
from homestead.steps.retraining.own_run import LOST, SILENCE_S, OwnRun, claim
from homestead.steps.retraining.training_backend import RunEnd

SHORTEST_S, LONGEST_S = 600.0, 5400.0
# Share of runs that fail by themselves.
_FAILURE_RATE = 0.1


class Trainings:
    """What was trained, whoever ordered it.

    Attributes:
        started, completed: numbers by the id of the run.
        most_at_once: largest number of trainings under way at one time.
    """

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.started: Counter[str] = Counter()
        self.completed: Counter[str] = Counter()
        self.most_at_once = 0
        self._ends: list[float] = []

    def begin(self, run: str, now: float) -> float:
        """Begin a training; return when it is over."""
        self.started[run] += 1
        self._ends = [end for end in self._ends if end > now]
        end = now + self.faults.rng.uniform(SHORTEST_S, LONGEST_S)
        self._ends.append(end)
        self.most_at_once = max(self.most_at_once, len(self._ends))
        return end

    def stop(self, end: float) -> None:
        """End a training before its time, because its process is killed."""
        self._ends.remove(end)

    def outcome(self) -> RunEnd:
        """Return how a training ended."""
        if self.faults.rng.random() < _FAILURE_RATE:
            return RunEnd("failed", "a step failed")
        return RunEnd("succeeded", "no better than the champion", "keep")


class SimulatedApi:
    """Kubeflow Pipelines as it is: an id of the client is the run's, but is not asked for first.

    A second request with an id that exists starts a second workflow before it is refused.
    """

    name = "https://pipelines.example"

    def __init__(self, trainings: Trainings, clock: Callable[[], float]) -> None:
        self._trainings, self._clock = trainings, clock
        self._runs: dict[str, tuple[float, RunEnd]] = {}

    def submit(self, run: RetrainingRun, causes: list[Cause]) -> str:
        """Submit a run as the client does: looked up first, and after a lost answer."""
        faults = self._trainings.faults
        faults.point()
        if run.id in self._runs:
            return run.id
        is_lost = faults.rng.random() < faults.rate
        if is_lost and faults.rng.random() < 0.5:
            raise UserError("the request is lost")
        end = self._trainings.begin(run.id, self._clock())
        self._runs.setdefault(run.id, (end, self._trainings.outcome()))
        faults.point()
        if is_lost:
            raise UserError("the answer is lost")
        return run.id

    def poll(self, run: RetrainingRun) -> RunEnd | None:
        """Return how a run ended."""
        end_s, end = self._runs[run.id]
        if self._clock() < end_s:
            return None
        if end.state == "succeeded":
            self._trainings.completed[run.id] = 1
        return end

    def act(self) -> None:
        """Do nothing: the API's runs go on by themselves."""


class _Process:
    """A process of one run: it claims the run, trains, and records the end."""

    def __init__(self, run: str, trainings: Trainings, records: RetrainingRecords) -> None:
        self.run = run
        self.is_alive = True
        self._trainings, self._records = trainings, records
        self._own: OwnRun | None = None
        self._end_s: float | None = None

    def act(self, now: float) -> None:
        """Go on as far as the time has come; end if killed, or if another process has the run."""
        try:
            self._go_on(now)
        except KilledError:
            if self._end_s is not None and self._end_s > now:
                self._trainings.stop(self._end_s)
            self.is_alive = False
        except (UserError, RunConflictError):
            self.is_alive = False

    def _go_on(self, now: float) -> None:
        if self._own is None:
            self._own = claim(self._records, self.run, f"simulated {id(self)} 0", now)
            self._trainings.faults.point()
        if self._end_s is None and not self._trainings.completed[self.run]:
            self._end_s = self._trainings.begin(self.run, now)
        if self._end_s is not None and now < self._end_s:
            self._trainings.faults.point()
            if not self._own.keep_alive(now):
                self.is_alive = False
            return
        end = self._trainings.outcome()
        if end.state == "succeeded" or self._trainings.completed[self.run]:
            end = RunEnd("succeeded", "no better than the champion", "keep")
            self._trainings.completed[self.run] += self._end_s is not None
        self._trainings.faults.point()
        self._own.end(end, now)
        self.is_alive = False


class SimulatedProcesses:
    """This machine: a process for each submission."""

    name = "local"

    def __init__(
        self, trainings: Trainings, records: RetrainingRecords, clock: Callable[[], float]
    ) -> None:
        self._trainings, self._records, self._clock = trainings, records, clock
        self._processes: list[_Process] = []

    def submit(self, run: RetrainingRun, causes: list[Cause]) -> None:
        """Start a process."""
        self._trainings.faults.point()
        self._processes.append(_Process(run.id, self._trainings, self._records))
        self._trainings.faults.point()

    def poll(self, run: RetrainingRun) -> RunEnd | None:
        """Return that a run is lost, as the real one does, if its process is silent for long."""
        alive = any(process.run == run.id and process.is_alive for process in self._processes)
        if alive or self._clock() < run.seen_at + SILENCE_S:
            return None
        return RunEnd("lost", LOST)

    def act(self) -> None:
        """Let each process go on."""
        for process in list(self._processes):
            process.act(self._clock())
        self._processes = [process for process in self._processes if process.is_alive]
