"""Webhook of Alertmanager: alerts that a problem names become causes of retraining."""

import logging
import time
from dataclasses import asdict

from homestead.database.engine import open_database
from homestead.errors import UserError
from homestead.problem.schema import Problem
from homestead.retraining.alerts import receive_alerts
from homestead.retraining.records import RetrainingRecords
from homestead.serving.intake.application import IntakeApplication
from homestead.serving.intake.main import serve_intake
from homestead.settings import Settings

_LOG = logging.getLogger(__name__)
ALERTS_PATH = "/alerts"
# Alertmanager's own default limits no group; thousands of alerts fit.
_MAX_BODY_BYTES = 4 * 1024 * 1024


def serve_alerts(problem: Problem, settings: Settings, host: str, port: int) -> None:
    """Take alerts until SIGTERM, SIGHUP or SIGINT.

    Raises:
        UserError: there is no token, the problem names no alert, or the port is taken.
    """
    if not settings.alerts_token:
        raise UserError(
            "HOMESTEAD_ALERTS_TOKEN: not set, needed is the bearer token that Alertmanager sends"
        )
    if problem.retraining is None or not problem.retraining.alerts:
        raise UserError(
            f"problem {problem.name}: retraining.alerts: found no name, needed are those of the"
            " alerts that are causes"
        )
    settings.folder()
    engine = open_database(settings.database_url)
    records = RetrainingRecords(engine, problem.name)

    def receive(body: bytes) -> dict[str, int]:
        received = receive_alerts(body, problem, records, time.time())
        _LOG.info("%s", received)
        if received.truncated:
            _LOG.warning("%d alerts were left out: max_alerts of the receiver", received.truncated)
        return asdict(received)

    try:
        application = IntakeApplication(ALERTS_PATH, settings.alerts_token, receive)
        serve_intake(application, settings, host, port, _MAX_BODY_BYTES)
    finally:
        engine.dispose()
