"""Notifications of Alertmanager: each alert of a group counts by its own status."""

import json
from typing import Any

import pytest
import sqlalchemy as sa

from homestead.errors import UserError
from homestead.problem.schema import Problem
from homestead.problem.sections.loop.retraining import RetrainingPolicy
from homestead.retraining.alerts import ReceivedAlerts, receive_alerts
from homestead.retraining.decision import Decision
from homestead.retraining.records import RetrainingRecords
from tests.factories import retraining_run


@pytest.fixture
def named(churn: Problem) -> Problem:
    policy = RetrainingPolicy(alerts=("HomesteadDrift",))
    return churn.model_copy(update={"retraining": policy})


def alert(status: str, fingerprint: str, **changes: Any) -> dict[str, Any]:
    return {
        "status": status,
        "labels": {"alertname": "HomesteadDrift", "model": "churn", "severity": "warning"},
        "annotations": {"summary": "Requests to churn no longer look like its training data."},
        "startsAt": "2026-11-27T10:00:00.123Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus/graph",
        "fingerprint": fingerprint,
        **changes,
    }


def group(*alerts: dict[str, Any], status: str = "firing", **changes: Any) -> bytes:
    head = {"version": "4", "groupKey": "{}", "truncatedAlerts": 0, "receiver": "homestead"}
    return json.dumps({**head, "status": status, "alerts": alerts, **changes}).encode()


def open_fingerprints(records: RetrainingRecords) -> list[str]:
    return [cause.key.split("/")[1] for cause in records.state().causes]


def test_a_firing_group_with_resolved_alerts_starts_only_the_firing_ones(
    named: Problem, records: RetrainingRecords
) -> None:
    body = group(alert("firing", "a"), alert("resolved", "b"), alert("firing", "c"))
    received = receive_alerts(body, named, records, now=1.0)
    assert received == ReceivedAlerts(firing=2, resolved=1, ignored=0, truncated=0)
    assert sorted(open_fingerprints(records)) == ["a", "c"]
    assert records.state().causes[0].summary == (
        "HomesteadDrift: Requests to churn no longer look like its training data."
    )


def test_any_number_of_deliveries_is_one_cause_and_one_run(
    named: Problem, records: RetrainingRecords
) -> None:
    for at in (1.0, 2.0):
        receive_alerts(group(alert("firing", "a")), named, records, now=at)
    (cause,) = records.state().causes
    assert cause.seen_at == 1.0
    records.start(retraining_run(cause=cause.id), Decision("start", "start", "", (cause,)))
    for status in ("firing", "resolved", "firing"):
        receive_alerts(group(alert(status, "a")), named, records, now=3.0)
    assert records.state().causes == ()
    assert [c.state for c in records.causes_of("run-1")] == ["assigned"]
    # When it fires anew, it is another cause.
    again = alert("firing", "a", startsAt="2026-11-28T00:00:00Z")
    receive_alerts(group(again), named, records, now=4.0)
    assert open_fingerprints(records) == ["a"]


def test_an_alert_that_is_resolved_before_a_run_asks_for_none_in_either_order(
    named: Problem, records: RetrainingRecords
) -> None:
    for statuses in (("firing", "resolved"), ("resolved", "firing")):
        for status in statuses:
            body = group(alert(status, statuses[0]), status=status)
            receive_alerts(body, named, records, now=1.0)
        assert records.state().causes == ()


def test_alerts_of_other_problems_and_names_are_no_causes(
    named: Problem, churn: Problem, records: RetrainingRecords
) -> None:
    other = {"alertname": "HomesteadDrift", "model": "prices"}
    body = group(
        alert("firing", "a", labels=other),
        alert("firing", "b", labels={"alertname": "HomesteadTaskFailed", "model": "churn"}),
        alert("firing", "c", labels={"alertname": "HomesteadDrift"}),
    )
    assert receive_alerts(body, named, records, now=1.0).ignored == 2
    assert open_fingerprints(records) == ["c"]
    assert receive_alerts(body, churn, records, now=1.0).ignored == 3


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"no JSON", "alerts: "),
        (b"{}", "missing required field `alerts`"),
        (group({"status": "firing"}), "missing required field"),
        (group(alert("pending", "a")), "Invalid enum value 'pending'"),
    ],
)
def test_what_is_no_notification_is_refused_whole(
    named: Problem, records: RetrainingRecords, body: bytes, message: str
) -> None:
    with pytest.raises(UserError, match=message):
        receive_alerts(body, named, records, now=1.0)
    assert records.state().causes == ()


def test_alerts_that_cannot_be_stored_are_not_received(
    named: Problem, records: RetrainingRecords, engine: sa.Engine
) -> None:
    records.state()  # creates the tables
    with engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE retraining_causes"))
    with pytest.raises(sa.exc.SQLAlchemyError):
        receive_alerts(group(alert("firing", "a")), named, records, now=1.0)
