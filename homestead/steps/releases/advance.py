"""One step of the controller as a command or a CronJob takes it."""

import time
from collections.abc import Callable

from homestead.problem.schema import Problem
from homestead.settings import Settings
from homestead.steps.releases.controller import Advance, Controller
from homestead.steps.releases.evidence import EvidenceReader, read_new_evidence
from homestead.steps.releases.records import RecordConflictError, open_records
from homestead.steps.releases.report import report_change
from homestead.steps.releases.start import begin_waiting


def advance(
    problem: Problem,
    settings: Settings,
    report: Callable[[str], None],
    evidence: EvidenceReader = read_new_evidence,
    clock: Callable[[], float] = time.time,
    *,
    report_steps: bool = True,
) -> Advance:
    """Take one step of the controller; after a release's end begin the one that waited for it.

    What another controller decided at the same time holds.

    Args:
        clock: seconds since 1970.
        report_steps: whether the release's page is written after a change. It costs seconds; where
            False, the next call that writes pages writes this one.

    Raises:
        UserError: as :meth:`Controller.advance`.
    """
    with open_records(settings) as records:
        controller = Controller(
            problem, settings, records, report=report, evidence=evidence, clock=clock
        )
        try:
            outcome = controller.advance()
            if outcome.record is not None and report_steps:
                report_change(controller, outcome.record)
            if begin_waiting(controller) is not None:
                return Advance(controller.settle())
        except RecordConflictError as error:
            report(f"release {error}: another controller was faster")
            return Advance(records.ruling(problem.name))
        return outcome
