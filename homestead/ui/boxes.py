"""View models of the page: what each box shows, or why it can't."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from homestead.database.drift_reports import DriftReportRow
from homestead.database.served_plans import ServedPlan
from homestead.release.analysis.result import Analysis
from homestead.release.record import ReleaseRecord
from homestead.reports.releases.findings import ReleaseChange


@dataclass(frozen=True)
class Link:
    """An address on this page's server, or elsewhere, and its text."""

    text: str
    address: str


@dataclass(frozen=True)
class Box:
    """One part of a page.

    Attributes:
        key: of its template ``boxes/<key>.html`` and its place in the page.
        content: None where there is nothing yet.
        error: why it cannot be shown; empty if it can.
        is_pending: whether it is being read for the first time.
        read_at: of what is shown, seconds since 1970.
    """

    key: str
    title: str
    content: object | None = None
    error: str = ""
    is_pending: bool = False
    read_at: float | None = None


@dataclass(frozen=True)
class CertificateState:
    """Whether a version's certificate was verified just now.

    Attributes:
        state: ``verified``; ``refused``: it is none that may serve; ``unknown``: unreadable.
        text: the certificate's reason, or why it was refused.
        keys: short ids of the trusted keys that signed it.
    """

    state: Literal["verified", "refused", "unknown"]
    text: str
    keys: Sequence[str] = ()


@dataclass(frozen=True)
class MetricFigure:
    """A metric on the holdout, by the certificate."""

    name: str
    value: float | None
    low: float | None
    high: float | None
    champion: float | None = None


@dataclass(frozen=True)
class VersionView:
    """A registered version.

    Attributes:
        role: champion or challenger.
        traffic_share: share of the subjects that it answers by the release plan; None if unknown.
        created: seconds since 1970.
        metrics: of a verified certificate.
    """

    role: str
    version: str
    digest: str
    created: float | None
    traffic_share: float | None
    certificate: CertificateState
    metrics: Sequence[MetricFigure] = ()


@dataclass(frozen=True)
class ModelsView:
    """The versions that answer requests; without a challenger the champion answers all."""

    champion: VersionView
    challenger: VersionView | None


@dataclass(frozen=True)
class RegisteredView:
    """A version in the registry; ``created`` in seconds since 1970."""

    version: str
    digest: str
    created: float | None
    aliases: Sequence[str]
    links: Sequence[Link] = ()


@dataclass(frozen=True)
class RegistryView:
    """How many versions are registered, and the newest of them first."""

    count: int
    newest: Sequence[RegisteredView]


@dataclass(frozen=True)
class EndedRelease:
    """A release that ended, for the list of earlier ones; ``at`` in seconds since 1970."""

    id: str
    version: str
    state: str
    at: float | None
    reason: str
    report: str = ""


@dataclass(frozen=True)
class ReleaseView:
    """The newest release, its events and the evidence for and against the challenger.

    Attributes:
        analysis: of the requests that the controller knows of; None where nothing is compared.
        report: address of its report, '' if none was written.
        waiting: version of a release that waits for this one's end.
    """

    record: ReleaseRecord
    headline: str
    events: Sequence[ReleaseChange]
    analysis: Analysis | None
    report: str = ""
    waiting: str | None = None
    earlier: Sequence[EndedRelease] = ()


@dataclass(frozen=True)
class PredictionView:
    """A logged prediction; ``at`` in seconds since 1970."""

    prediction_id: str
    row: int
    at: float
    version: str
    entity: str | None
    prediction: float | None
    label: str | None
    latency_s: float | None


@dataclass(frozen=True)
class LatencyView:
    """Latencies in seconds.

    Attributes:
        source: what was measured, and since when.
        left_out: values that are no numbers.
    """

    source: str
    requests: int
    p50: float | None
    p90: float | None
    p99: float | None
    left_out: int = 0


@dataclass(frozen=True)
class TrafficView:
    """Requests over time by version.

    Attributes:
        start: of the first count, seconds since 1970.
        width_s: what each count spans.
        versions: counts by version, the newest version first.
        last_at: of the newest request in the log, also one before the window.
    """

    window: str
    start: float
    width_s: float
    versions: dict[str, list[int]]
    recent: Sequence[PredictionView]
    last_at: float | None
    latencies: Sequence[LatencyView] = ()
    latency_note: str = ""

    @property
    def total(self) -> int:
        """Requests in the window."""
        return sum(map(sum, self.versions.values()))


@dataclass(frozen=True)
class DriftPoint:
    """An earlier report's share; ``at`` in seconds since 1970."""

    at: float
    share: float | None
    verdict: str
    rows: int


@dataclass(frozen=True)
class DriftView:
    """The newest drift report, and the shares of earlier ones in order of time."""

    newest: DriftReportRow
    history: Sequence[DriftPoint]
    links: Sequence[Link] = ()


@dataclass(frozen=True)
class AlertView:
    """An alert and whether its condition holds.

    Attributes:
        state: ``pending``: it has not held for long enough.
        text: figures and limit.
    """

    name: str
    severity: str
    state: Literal["firing", "pending", "quiet"]
    text: str
    since: float | None = None


@dataclass(frozen=True)
class AlertsView:
    """Alerts, the firing ones first.

    Attributes:
        source: where the figures come from.
        unknown: alerts that this source cannot tell of.
    """

    source: str
    alerts: Sequence[AlertView]
    unknown: Sequence[str] = ()

    @property
    def firing(self) -> list[AlertView]:
        """Alerts whose condition holds."""
        return [alert for alert in self.alerts if alert.state == "firing"]


@dataclass(frozen=True)
class JobView:
    """When a job last succeeded and failed, seconds since 1970."""

    job: str
    succeeded: float | None
    failed: float | None

    @property
    def has_failed(self) -> bool:
        """Whether its newest run failed."""
        return self.failed is not None and self.failed > (self.succeeded or 0)


@dataclass(frozen=True)
class ServersView:
    """What servers say that they serve, and the plan that they are to follow."""

    servers: Sequence[ServedPlan]
    plan_digest: str | None


@dataclass(frozen=True)
class ViewFreshness:
    """Newest event time of a feature view in the online store; None where it was never filled."""

    view: str
    newest: float | None
    max_age_s: float | None


@dataclass(frozen=True)
class ReportGroup:
    """Reports of one kind."""

    title: str
    links: Sequence[Link]


@dataclass(frozen=True)
class ProblemCard:
    """A problem in the list of all.

    Attributes:
        boxes: by key; those that the card shows.
    """

    name: str
    boxes: dict[str, Box] = field(default_factory=dict)
