"""The process that takes labels: its listener, its thread for labels that wait, and its end."""

import logging
import threading

import sqlalchemy as sa
import uvloop

from homestead.database.engine import open_database
from homestead.names import LABELS_PORT
from homestead.prediction_log.labels.waiting import WaitingLabels
from homestead.problem.schema import Problem
from homestead.serving.http.endpoint import Endpoint
from homestead.serving.http.limits import ConnectionLimits
from homestead.serving.http.server import HttpServer
from homestead.serving.labels.application import LabelsApplication
from homestead.serving.network.listeners import show_address, tcp_listener
from homestead.serving.request_limits import MAX_BODY_BYTES
from homestead.settings import Settings

_LOG = logging.getLogger(__name__)
_WAITING_INTERVAL_S = 10.0


def serve_labels(
    problem: Problem, settings: Settings, host: str = "127.0.0.1", port: int = LABELS_PORT
) -> None:
    """Take labels over HTTP until SIGTERM, SIGHUP or SIGINT.

    Raises:
        UserError: no token is set, or the port is taken.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    settings.folder()
    engine = open_database(settings.database_url, settings.database_timeout_s)
    stopped = threading.Event()
    joiner = threading.Thread(
        target=_join_waiting, args=(engine, problem.name, stopped), name="waiting", daemon=True
    )
    try:
        with (
            LabelsApplication(problem, settings, engine) as application,
            tcp_listener(host, port) as listener,
        ):
            joiner.start()
            endpoint = Endpoint(
                application,
                count_rejection=_count_nothing,
                limits=ConnectionLimits(
                    request_timeout_s=settings.request_timeout_s, max_body_bytes=MAX_BODY_BYTES
                ),
            )
            _LOG.info("labels of %s at %s/labels", problem.name, show_address(listener))
            server = HttpServer([(endpoint, listener)], settings.drain_s, settings.finish_s)
            uvloop.run(server.run())
    finally:
        stopped.set()
        if joiner.is_alive():
            joiner.join(settings.finish_s)
        engine.dispose()


def _count_nothing() -> None:
    """Count no rejection: this port has no metrics of its own."""


def _join_waiting(engine: sa.Engine, problem: str, stopped: threading.Event) -> None:
    """Join labels whose predictions have come, until the process ends."""
    waiting = WaitingLabels(engine, problem)
    while not stopped.wait(_WAITING_INTERVAL_S):
        try:
            waiting.join_page()
        except sa.exc.SQLAlchemyError as error:
            _LOG.warning("labels: waiting ones not joined, will retry: %s", error)
