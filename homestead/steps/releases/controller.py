"""Controller of releases: one idempotent step, that any process may take at any time."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from mlflow import MlflowClient

from homestead.problem.schema import Problem
from homestead.release.analysis.result import Analysis
from homestead.release.analysis.verdict import analyse
from homestead.release.plan_store import PlanStore, open_plan_store
from homestead.release.record import ReleaseRecord
from homestead.release.transitions import complete, decide
from homestead.settings import Settings
from homestead.steps.releases.effects import follow_in_registry, follow_record
from homestead.steps.releases.evidence import EvidenceReader, read_new_evidence
from homestead.steps.releases.records import RecordConflictError, ReleaseRecords
from homestead.tracking import runs

# Each try loses only to a step of another controller.
_TRIES = 10


@dataclass(frozen=True)
class Advance:
    """Outcome of a step of the controller.

    Attributes:
        record: the release that the plan follows; None before the first.
        analysis: of its requests; None if it is not under way.
    """

    record: ReleaseRecord | None
    analysis: Analysis | None = None

    @property
    def is_under_way(self) -> bool:
        """Whether there is more to decide."""
        return self.record is not None and not self.record.has_ended

    def line(self) -> str:
        """Return how far the release is and why, in one line."""
        if self.record is None:
            return "no release yet"
        head = f"release {self.record.id}: {describe_state(self.record)}"
        if self.analysis is None or self.record.has_ended:
            return f"{head}: {self.record.reason}"
        requests = f"{self.analysis.challenger_requests} requests of the challenger"
        return f"{head}: {requests}: {self.analysis.reason}"


class Controller:
    """What a step of the controller works on.

    Args:
        report: is told of each change.
        evidence: reads what is known of a release's requests.
        clock: seconds since 1970.
    """

    def __init__(
        self,
        problem: Problem,
        settings: Settings,
        records: ReleaseRecords,
        *,
        report: Callable[[str], None],
        evidence: EvidenceReader = read_new_evidence,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.problem, self.settings, self.records = problem, settings, records
        self.report, self.clock = report, clock
        self._evidence = evidence

    @cached_property
    def mlflow(self) -> MlflowClient:
        """Client of the registry; opened late, for a roll-back needs none."""
        return runs.open_client(self.settings)

    @cached_property
    def store(self) -> PlanStore:
        """Store of the release plan."""
        return open_plan_store(self.settings, self.problem.name)

    def advance(self) -> Advance:
        """Heal what the present state asks for, judge the evidence, and take at most one step.

        Intent is written before its effects, by compare-and-swap, and all effects can be repeated.
        So killed at any point, or two at once, the next one goes on rightly.

        Raises:
            UserError: something cannot be read or written: nothing is decided then.
        """
        record = self.follow_plan()
        if record is None:
            return Advance(None)
        analysis = None
        if record.is_live:
            analysis = self.analyse(record)
            decided = decide(record, analysis, self.clock())
            if decided is not None:
                record = self.replace(decided)
        return Advance(self.settle(), analysis)

    def analyse(self, record: ReleaseRecord) -> Analysis:
        """Judge all that is known of a release's requests."""
        evidence = self._evidence(self.records.engine, self.problem, record)
        return analyse(evidence, record.learnt.resolve(self.problem), record.policy)

    def follow_plan(self) -> ReleaseRecord | None:
        """Let the plan be as the problem's release asks; return the release."""
        return follow_record(self.store, self.records, self.problem.name, self.report)

    def settle(self) -> ReleaseRecord | None:
        """Complete the effects of the present state; end a promotion or a roll-back.

        If another controller changes the release meanwhile, the effects of its state follow, so
        that none of an earlier state is left.
        """
        for _ in range(_TRIES):
            try:
                record = self._settle_once()
            except RecordConflictError:
                continue
            if record == self.records.ruling(self.problem.name):
                return record
        return self.records.ruling(self.problem.name)

    def _settle_once(self) -> ReleaseRecord | None:
        record = self.follow_plan()
        if record is not None and record.state == "rolling_back":
            # The challenger has no traffic any more. The registry may be away meanwhile.
            self._complete(record)
            record = self.follow_plan()
        if record is None:
            return None
        self._follow_in_registry(record)
        if record.state == "promoting":
            record = self._complete(record)
            self._follow_in_registry(record)
        return record

    def replace(self, record: ReleaseRecord, who: str | None = None) -> ReleaseRecord:
        """Write a changed record, and say so."""
        written = self.records.replace(record, who)
        self.report(f"release {record.id}: {describe_state(written)}: {record.reason}")
        return written

    def _complete(self, record: ReleaseRecord) -> ReleaseRecord:
        end = complete(record, self.clock())
        return record if end is None else self.replace(end)

    def _follow_in_registry(self, record: ReleaseRecord) -> None:
        for alias in follow_in_registry(self.mlflow, record):
            self.report(f"registry: alias {alias} moved")


def describe_state(record: ReleaseRecord) -> str:
    """Return how far a release is, in words."""
    state = record.state.replace("_", " ")
    if not record.is_live:
        return state
    return f"{state}, step {record.step + 1} of {len(record.steps)} ({record.traffic_share:.0%})"
