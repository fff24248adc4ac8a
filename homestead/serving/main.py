"""One server process: the parts put together, and taken apart in order."""

import gc
import logging
import os
import socket
import sys

import uvloop
from prometheus_client import start_http_server

from homestead.errors import UserError
from homestead.names import HTTP_PORT, METRICS_PORT
from homestead.prediction_log.spool import Spool
from homestead.serving.app import App
from homestead.serving.background.supervisor import WorkerSupervisor
from homestead.serving.http.server import HttpServer
from homestead.serving.limits import MAX_BODY_BYTES
from homestead.serving.metrics import ServerMetrics
from homestead.serving.models.manager import ModelManager
from homestead.serving.prediction.predictor import Predictor
from homestead.settings import Settings

_LOG = logging.getLogger(__name__)


def serve(
    problem_name: str,
    settings: Settings,
    host: str = "127.0.0.1",
    port: int = HTTP_PORT,
    metrics_port: int = METRICS_PORT,
) -> None:
    """Serve the released models until SIGTERM or SIGINT.

    One process on one core; more come as replicas. Where the ports are the defaults, the
    variables that Seldon's operator sets decide.

    Raises:
        UserError: there is no release, its file is not the released one, or a port is taken.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    port = _given("PREDICTIVE_UNIT_HTTP_SERVICE_PORT", port, HTTP_PORT)
    metrics_port = _given("PREDICTIVE_UNIT_METRICS_SERVICE_PORT", metrics_port, METRICS_PORT)
    metrics = ServerMetrics()
    # Threads give way to the event loop within half a millisecond, imports too; requests leave
    # nothing in cycles, so the collector may come seldom.
    sys.setswitchinterval(0.0005)
    gc.set_threshold(20_000, 20, 20)
    engine = ModelManager(problem_name, settings, metrics)
    engine.start_following_plan()
    listener = _listen(host, port)
    try:
        exposed, _ = start_http_server(metrics_port, host, metrics.registry)
    except OSError as error:
        listener.close()
        raise UserError(f"metrics port {metrics_port} of {host}: {error.strerror}") from None
    spool = Spool(settings.folder("spool", problem_name))
    for reason in ("features", "internal", "log", "model"):
        # A series that begins with its first failure hides that one from Prometheus' rates.
        metrics.counter("failed_requests_total", problem_name, reason)
    companion = WorkerSupervisor(problem_name, metrics)
    companion.start()
    _LOG.info("http://%s:%s, metrics on port %s at /prometheus", host, port, metrics_port)
    app = App(engine, Predictor(engine, spool, metrics, settings))
    refused = metrics.counter("rejected_requests_total", problem_name, "http")
    server = HttpServer(app, refused, settings.request_timeout_s, settings.drain_s, MAX_BODY_BYTES)
    try:
        uvloop.run(server.run(listener))
    finally:
        engine.stop()
        spool.close()
        companion.stop()
        exposed.shutdown()
        gc.unfreeze()


def _given(variable: str, port: int, default: int) -> int:
    text = os.environ.get(variable, "")
    if port != default or not text:
        return port
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise UserError(f"{variable}: found {text!r}, allowed is a port number")
    return int(text)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise UserError(f"port {port} of {host}: {error.strerror}") from None
    return listener
