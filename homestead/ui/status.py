"""State of a home: what `homestead status` shows, as a document and as lines for people."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from homestead.evaluation.certificate import Estimate
from homestead.performance.report import PerformanceReport
from homestead.reports.models.run_summary import estimate_text
from homestead.ui.formats import ago, percent
from homestead.ui.views.box import Box
from homestead.ui.views.drift import DriftView
from homestead.ui.views.log import LogView
from homestead.ui.views.loop import LabelsView, PerformanceView, RetrainingView
from homestead.ui.views.models import MetricFigure, ModelsView, VersionView
from homestead.ui.views.release import ReleaseView
from homestead.ui.views.watching import AlertsView, JobView, ServersView

_TITLES = {
    "models": "model",
    "release": "release",
    "jobs": "last runs",
    "drift": "drift",
    "performance": "performance",
    "labels": "labels",
    "retraining": "retraining",
    "log": "log",
    "servers": "servers",
    "alerts": "alerts",
}
# What to do where there is nothing yet.
_NOTHING_YET = {
    "models": "no champion yet: homestead train",
    "release": "none yet",
    "jobs": "none yet",
    "drift": "not checked yet: homestead drift",
    "performance": "not looked at yet: homestead performance",
    "labels": "none yet: homestead labels add FILE",
    "retraining": "nothing has asked for it: homestead retrain check",
    "log": "no prediction yet",
    "servers": "none has said so within the hour: homestead serve",
    "alerts": "none",
}
_BYTES = ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"))


@dataclass(frozen=True)
class ProblemStatus:
    """State of a problem.

    Attributes:
        metric: the one that decides; '' if it is not known.
        unit: of the target; '' if it has none, or is not known.
        boxes: by key; the content of each is that of the page.
    """

    problem: str
    metric: str
    unit: str
    boxes: dict[str, Box]


@dataclass(frozen=True)
class HomeStatus:
    """State of a home.

    Attributes:
        read_at: seconds since 1970.
    """

    home: str
    database: str
    registry: str
    read_at: float
    problems: Sequence[ProblemStatus]


def status_rows(status: ProblemStatus, now: float) -> Iterator[tuple[str, str]]:
    """Yield the lines of a problem: title, and what is known. A title may have several lines.

    Args:
        now: seconds since 1970.
    """
    for key, title in _TITLES.items():
        box = status.boxes[key]
        if box.error:
            yield title, f"cannot be read: {box.error}"
        elif box.content is None:
            yield title, _NOTHING_YET[key]
        else:
            for line in _lines(box.content, status, now):
                yield title, line


def _lines(content: Any, status: ProblemStatus, now: float) -> Iterator[str]:
    match content:
        case ModelsView():
            for version in (content.champion, content.challenger):
                if version is not None:
                    yield from _version(version, status, now)
        case ReleaseView():
            yield from _release(content, now)
        case DriftView():
            yield from _drift(content, now)
        case PerformanceView():
            yield _performance(content.report, now)
        case LabelsView():
            yield _labels(content, now)
        case RetrainingView():
            yield from _retraining(content, now)
        case LogView():
            yield _log(content, now)
        case ServersView():
            yield from _servers(content, now)
        case AlertsView():
            firing = [f"{alert.name} ({alert.text})" for alert in content.firing]
            yield from firing or ["none fires"]
        case list():
            yield "; ".join(_job(job, now) for job in content)


def _version(version: VersionView, status: ProblemStatus, now: float) -> Iterator[str]:
    share = ""
    if version.traffic_share is not None:
        share = f", answers {percent(version.traffic_share, 0)} of requests"
    made = "" if version.created is None else f", made {ago(version.created, now)}"
    yield f"{version.role}: version {version.version}{made}{share}"
    certificate = version.certificate
    if certificate.state != "verified":
        yield f"  certificate {certificate.state}: {certificate.text}"
    elif version.metrics:
        by_name = {figure.name: figure for figure in version.metrics}
        figure = _figure(by_name.get(status.metric, version.metrics[0]), status.unit)
        yield f"  {figure} on the holdout, by its verified certificate"


def _figure(figure: MetricFigure, unit: str) -> str:
    estimate = Estimate(value=figure.value, low=figure.low, high=figure.high)
    return f"{figure.name} {estimate_text(figure.name, estimate, unit)}"


def _release(view: ReleaseView, now: float) -> Iterator[str]:
    record = view.record
    state = record.state.replace("_", " ")
    if record.has_ended:
        yield f"none under way; version {record.challenger.version} was {state}" + (
            f" {ago(record.ended_at, now)}: {record.reason}"
        )
        return
    yield f"{record.id} of version {record.challenger.version}: {state}, step {record.step + 1}"
    yield f"  {record.reason}"
    yield "  homestead release status; homestead watch takes it on"
    if view.waiting is not None:
        yield f"  version {view.waiting} waits for its end"


def _drift(view: DriftView, now: float) -> Iterator[str]:
    newest = view.newest
    found = f"{percent(newest.share, 0)} of the inputs, allowed {percent(newest.threshold, 0)}"
    if newest.share is None:
        found = "too few rows"
    rows = f"{newest.rows:,} rows, version {newest.version}"
    yield f"{newest.verdict} {ago(newest.at, now)}: {found}; {rows}"
    if view.calibrated is not None:
        columns = ", ".join(f"{each.name} {each.direction}" for each in view.calibrated.drifted)
        yield f"  calibrated: {view.calibrated.verdict}" + (f": {columns}" if columns else "")


def _performance(report: PerformanceReport, now: float) -> str:
    at = ago(report.at.timestamp(), now)
    return f"{report.verdict} {at}: version {report.version}: {report.reason}"


def _labels(view: LabelsView, now: float) -> str:
    counts = view.counts
    known = f"{counts.labelled:,} of {counts.predictions:,} predictions of {view.days} days"
    return f"{known} have one; newest {ago(view.newest, now)}"


def _retraining(view: RetrainingView, now: float) -> Iterator[str]:
    status = view.status
    for cause in status.open_causes:
        yield f"asked for {ago(cause.seen_at, now)}, {cause.kind}: {cause.summary}"
    run, decision = status.newest_run, status.newest_decision
    if run is not None:
        yield f"run {run.number} {run.state} {ago(run.ended_at or run.started_at, now)}"
    if decision is not None:
        yield f"{decision.action} {ago(decision.at, now)}: {decision.reason}"


def _log(view: LogView, now: float) -> str:
    more = "more than " if view.rows >= view.counted_to else ""
    text = f"{more}{view.rows:,} {'prediction' if view.rows == 1 else 'predictions'}"
    if view.hours is not None:
        text += f" in the newest {view.hours} hours"
    if view.newest is not None:
        text += f", newest {ago(view.newest, now)}"
    if view.database_bytes is not None:
        text += f"; database file {_size(view.database_bytes)}"
    waiting = f"{_size(view.spool_bytes)} wait to be shipped" if view.spool_bytes else "spool empty"
    return f"{text}; {waiting}"


def _servers(view: ServersView, now: float) -> Iterator[str]:
    for server in view.servers:
        state = "up" if server.is_alive else f"silent, seen {ago(server.seen_at, now)}"
        plan = "" if server.plan_digest == view.plan_digest else ", another plan than the release's"
        error = f": {server.error}" if server.error else ""
        yield f"{server.server}: {state}, version {server.champion or '–'}{plan}{error}"


def _job(job: JobView, now: float) -> str:
    if job.has_failed:
        return f"{job.job} FAILED {ago(job.failed, now)}"
    return f"{job.job} succeeded {ago(job.succeeded, now)}"


def _size(size_bytes: int) -> str:
    for unit_bytes, name in _BYTES:
        if size_bytes >= unit_bytes:
            return f"{size_bytes / unit_bytes:.1f} {name}"
    return f"{size_bytes} bytes"
