"""View models: what is watched: drift, alerts, jobs, servers, online features."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from homestead.database.served_plans import ServedPlan


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
        note: why limits may be others than those of the problem file.
    """

    source: str
    alerts: Sequence[AlertView]
    unknown: Sequence[str] = ()
    note: str = ""

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
