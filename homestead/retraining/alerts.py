"""Messages of Alertmanager: each alert of a group counts by its own status.

A group is "firing" as long as one of its alerts is, and then holds alerts that are resolved, too.
Two Alertmanagers, or one whose receiver was slow, send the same alerts again, in any order.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import msgspec

from homestead.errors import UserError
from homestead.problem.schema import Problem
from homestead.retraining.cause import Cause
from homestead.retraining.records import RetrainingRecords

_MAX_KEY_LENGTH = 256
_MODEL_LABEL, _NAME_LABEL = "model", "alertname"


class Alert(msgspec.Struct, frozen=True, rename="camel"):
    """One alert, as far as it is read.

    Attributes:
        fingerprint: hash of its labels.
        starts_at: when it began; the same alert may begin again.
    """

    status: Literal["firing", "resolved"]
    labels: dict[str, str]
    fingerprint: str
    starts_at: datetime
    annotations: dict[str, str] = {}


class AlertGroup(msgspec.Struct, frozen=True, rename="camel"):
    """Body of a notification, version 4 of Alertmanager's format.

    Attributes:
        truncated_alerts: how many alerts were left out, because of ``max_alerts``.
    """

    alerts: tuple[Alert, ...]
    truncated_alerts: int = 0


@dataclass(frozen=True)
class ReceivedAlerts:
    """What became of a group's alerts, by number.

    Attributes:
        firing: causes that were recorded, or were known.
        resolved: causes that no longer ask for a run, unless they have one.
        ignored: alerts that are not of this problem, or that it does not name as causes.
        truncated: alerts that the sender left out.
    """

    firing: int
    resolved: int
    ignored: int
    truncated: int


def receive_alerts(
    body: bytes, problem: Problem, records: RetrainingRecords, now: float
) -> ReceivedAlerts:
    """Record a notification's alerts; receiving it again changes nothing.

    Args:
        body: JSON of Alertmanager.
        now: seconds since 1970.

    Raises:
        UserError: the body is no notification.
        SQLAlchemyError: the alerts cannot be recorded; none of them counts as received.
    """
    try:
        group = msgspec.json.decode(body, type=AlertGroup)
    except msgspec.DecodeError as error:
        raise UserError(f"alerts: {error}; allowed are notifications of Alertmanager") from None
    named = problem.retraining.alerts if problem.retraining is not None else ()
    counted = [alert for alert in group.alerts if _is_cause(alert, problem.name, named)]
    firing = [_cause(alert, problem.name, now) for alert in counted if alert.status == "firing"]
    resolved = [_cause(alert, problem.name, now) for alert in counted if alert.status == "resolved"]
    records.receive(firing, resolved)
    ignored = len(group.alerts) - len(counted)
    return ReceivedAlerts(len(firing), len(resolved), ignored, group.truncated_alerts)


def _is_cause(alert: Alert, problem: str, named: tuple[str, ...]) -> bool:
    # Alerts of other systems have no label with a model.
    of_problem = alert.labels.get(_MODEL_LABEL, problem) == problem
    return of_problem and alert.labels.get(_NAME_LABEL) in named


def _cause(alert: Alert, problem: str, now: float) -> Cause:
    name = alert.labels[_NAME_LABEL]
    key = f"{name}/{alert.fingerprint}/{alert.starts_at.isoformat()}"
    summary = alert.annotations.get("summary") or f"{name} fires"
    return Cause.of(problem, "alert", key[:_MAX_KEY_LENGTH], f"{name}: {summary}", now)
