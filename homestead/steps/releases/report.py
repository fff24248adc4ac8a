"""What the outside is told of a release's change: its report, and an Event on a cluster."""

import math
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa
from mlflow.exceptions import MlflowException

from homestead.errors import UserError
from homestead.files import write_text
from homestead.names import RELEASES_FOLDER
from homestead.prediction_log.evidence.new_observations import count_step_requests, read_evidence
from homestead.prediction_log.evidence.observations import evidence_of, read_observations
from homestead.problem.schema import Problem
from homestead.release.analysis.verdict import analyse
from homestead.release.cluster_event import write_cluster_event
from homestead.release.evidence import Evidence
from homestead.release.record import ReleaseRecord
from homestead.release.transitions import desired_plan
from homestead.reports.releases.findings import (
    PastAnalysis,
    ReleaseFindings,
    StepRequests,
)
from homestead.reports.releases.page import release_html
from homestead.reports.shelf import link_reports
from homestead.steps.releases.certificates import read_certificate
from homestead.steps.releases.controller import Controller
from homestead.steps.releases.history import read_events, shown_change
from homestead.tracking import registry, tags

# Times at which the tests are drawn, closer together at the beginning.
_LOOKS = 16


def report_change(controller: Controller, record: ReleaseRecord) -> None:
    """Tell of a release that has changed since the last report: write it anew, and an Event.

    What cannot be written now is written after the next look, and holds nothing up.
    """
    name, version = record.problem, record.challenger.version
    revision = f"{record.id}@{record.revision}"
    try:
        registered = controller.mlflow.get_model_version(name, version)
        if registered.tags.get(tags.RELEASE_REPORT) == revision:
            return
        write_cluster_event(controller.settings, record)
        write_release_report(controller, record)
        registry.describe_version(
            controller.mlflow,
            name,
            version,
            registered.description or "",
            {tags.RELEASE_REPORT: revision},
        )
    except (MlflowException, UserError, OSError) as error:
        controller.report(f"release {record.id}: no report: {error}")


def write_release_report(controller: Controller, record: ReleaseRecord) -> Path:
    """Write the page of a release as it is now, to the home and to the challenger's run.

    Returns:
        Its path below the home's reports.

    Raises:
        UserError: the database cannot be read.
        MlflowException: MLflow cannot be reached.
    """
    html = release_html(
        record, _findings(controller, record), controller.problem, controller.clock()
    )
    folder = controller.settings.folder("reports", controller.problem.name, RELEASES_FOLDER)
    path = folder / f"{record.id}.html"
    write_text(path, html)
    run_id = registry.version_run_id(controller.mlflow, record.problem, record.challenger.version)
    controller.mlflow.log_text(run_id, html, f"{RELEASES_FOLDER}/{record.id}.html")
    link_reports(controller.settings.home, record.problem)
    return path


def _findings(controller: Controller, record: ReleaseRecord) -> ReleaseFindings:
    engine = controller.records.engine
    requests = count_step_requests(engine, record)
    evidence = read_evidence(engine, record)
    return ReleaseFindings(
        changes=[
            shown_change(event)
            for event in read_events(engine, record.problem, since=record.started_at)
            if event.release == record.id
        ],
        analyses=list(past_analyses(engine, controller.problem, record, evidence)),
        evidence=evidence,
        requests={
            step: StepRequests(counts["challenger"], counts["champion"])
            for step, counts in requests.items()
        },
        plan=desired_plan(record),
        certificate=read_certificate(controller.mlflow, record.problem, record.challenger),
    )


def past_analyses(
    engine: sa.Engine, problem: Problem, record: ReleaseRecord, whole: Evidence
) -> Iterator[PastAnalysis]:
    """Yield what the tests said as the release went on; the last one with all observations.

    They are computed anew, which gives what the controller saw: the order of observations is the
    one in which they became known.

    Args:
        whole: the evidence with all observations.
    """
    if record.champion is None:
        return
    with engine.connect() as connection:
        observations = read_observations(connection, record.id)
    lengths = {math.ceil(len(observations) * (n / _LOOKS) ** 1.5) for n in range(1, _LOOKS + 1)}
    for length in sorted(lengths - {0}):
        known = observations[:length]
        at = max(observation.content.at for observation in known)
        evidence = evidence_of(
            known,
            challenger_requests=whole.challenger_requests,
            champion_requests=whole.champion_requests,
        )
        analysis = analyse(evidence, record.learnt.resolve(problem), record.policy)
        yield PastAnalysis(max(at, record.started_at), analysis)
