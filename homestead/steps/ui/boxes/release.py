"""The newest release: how far it is, what happened, and what its tests say."""

from homestead.names import RELEASES_FOLDER
from homestead.prediction_log.evidence.new_observations import read_evidence
from homestead.problem.schema import Problem
from homestead.release.analysis.result import Analysis
from homestead.release.analysis.verdict import analyse
from homestead.release.record import ReleaseRecord
from homestead.reports.releases.page import headline
from homestead.steps.releases.history import ReleaseEvent, read_events, shown_change
from homestead.steps.ui.addresses import report_address
from homestead.steps.ui.sources import Sources
from homestead.ui.views.release import EndedRelease, ReleaseView

_SHOWN_EARLIER = 5


def read_release(sources: Sources, problem: str) -> ReleaseView | None:
    """Return the release that the plan follows, under way or ended; None before the first.

    Raises:
        SQLAlchemyError: the database cannot be read.
    """
    if not sources.has_database:
        return None
    records = sources.records()
    record = records.ruling(problem)
    if record is None:
        return None
    events = [
        event
        for event in read_events(records.engine, problem, since=record.started_at)
        if event.release == record.id
    ]
    waiting = records.waiting(problem)
    earlier = [other for other in records.all(problem) if other.number < record.number]
    return ReleaseView(
        record=record,
        headline=headline(record),
        events=[shown_change(event) for event in events],
        analysis=_analysis(sources, record, events),
        report=_report(sources, record),
        waiting=None if waiting is None else waiting.challenger.version,
        earlier=[_ended(sources, other) for other in reversed(earlier[-_SHOWN_EARLIER:])],
    )


def _analysis(
    sources: Sources, record: ReleaseRecord, events: list[ReleaseEvent]
) -> Analysis | None:
    """Return what the tests say of what the controller knows, or said when it last decided.

    The controller alone looks for new evidence, since that writes.
    """
    if record.champion is None:
        return None
    problem = _problem(sources, record.problem) if record.is_live else None
    if problem is not None:
        evidence = read_evidence(sources.engine, record)
        return analyse(evidence, record.learnt.resolve(problem), record.policy)
    for event in reversed(events):
        if event.numbers:
            return Analysis.model_validate(event.numbers)
    return None


def _problem(sources: Sources, name: str) -> Problem | None:
    """Return the problem file, None while MLflow, which has it, cannot be read."""
    try:
        return sources.problem(name)
    except Exception:
        # MLflow's stores have errors of their own; the boxes that show MLflow say what is wrong.
        return None


def _ended(sources: Sources, record: ReleaseRecord) -> EndedRelease:
    return EndedRelease(
        id=record.id,
        version=record.challenger.version,
        state=record.state,
        at=record.ended_at,
        reason=record.reason,
        report=_report(sources, record),
    )


def _report(sources: Sources, record: ReleaseRecord) -> str:
    """Return the address of a release's report in the home, '' if there is none."""
    name = f"{RELEASES_FOLDER}/{record.id}.html"
    path = sources.settings.home / "reports" / record.problem / name
    return report_address(record.problem, name) if path.is_file() else ""
