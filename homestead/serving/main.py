"""The server process: assembles its parts, runs them, and stops them in order."""

import asyncio
import gc
import logging
import os
import sys
import threading
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from pathlib import Path

import uvloop

from homestead.errors import UserError
from homestead.names import HTTP_PORT, METRICS_PORT
from homestead.prediction_log.spool import open_spool
from homestead.serving.app import App
from homestead.serving.background.log_monitor import LogMonitor
from homestead.serving.background.supervisor import WorkerSupervisor
from homestead.serving.front.example_row import ExampleRow, Row
from homestead.serving.http.application import Application
from homestead.serving.http.endpoint import Endpoint
from homestead.serving.http.limits import ConnectionLimits, EndpointLimits
from homestead.serving.http.server import HttpServer
from homestead.serving.metrics.metric_registry import ServerMetrics
from homestead.serving.metrics.metrics_application import MetricsApplication
from homestead.serving.metrics.process_metrics import ProcessMetrics
from homestead.serving.models.manager import ModelManager
from homestead.serving.network.cors import CorsApplication
from homestead.serving.network.listeners import (
    connection_limit,
    show_address,
    tcp_listener,
    unix_listener,
)
from homestead.serving.prediction.predictor import Predictor
from homestead.serving.request_limits import MAX_BODY_BYTES
from homestead.settings import Settings

_LOG = logging.getLogger(__name__)
# Time for the end of the interpreter.
_EXIT_MARGIN_S = 0.5
_MAX_CONNECTIONS = 4096
# Scrapes have no body, and come from few clients.
_METRICS_LIMITS = ConnectionLimits(request_timeout_s=10, max_body_bytes=1024)
_METRICS_BOUNDS = EndpointLimits(max_connections=64, max_held_bytes=1024 * 1024)


def serve(
    problem_name: str,
    settings: Settings,
    host: str = "127.0.0.1",
    port: int = HTTP_PORT,
    metrics_port: int = METRICS_PORT,
    wait: bool = False,
    socket_path: Path | None = None,
    announce: Callable[[Row], None] | None = None,
) -> None:
    """Serve the released models until SIGTERM, SIGHUP or SIGINT.

    One process uses one core; replicas add more. Ports that are the defaults give way to the
    environment variables that Seldon's operator sets.

    Args:
        wait: start before there is a release or its model can be read, and become ready then.
        socket_path: Unix socket to listen on instead of the port.
        announce: called once the server is ready, with a row that it can predict: an entity of the
            online store, or values that the contract allows.

    Raises:
        UserError: a port or socket is taken; without ``wait`` also: there is no release, or the
            model file cannot be read or is not the released one.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    port = _port_from_seldon("PREDICTIVE_UNIT_HTTP_SERVICE_PORT", port, HTTP_PORT)
    metrics_port = _port_from_seldon(
        "PREDICTIVE_UNIT_METRICS_SERVICE_PORT", metrics_port, METRICS_PORT
    )
    _tune_interpreter()
    metrics = ServerMetrics()
    models = ModelManager(problem_name, settings, metrics)
    models.start_following_plan(wait)
    with ExitStack() as stack:
        listener = stack.enter_context(
            unix_listener(socket_path) if socket_path else tcp_listener(host, port)
        )
        metrics_listener = stack.enter_context(tcp_listener(host, metrics_port, "--metrics-port"))
        metrics_application = stack.enter_context(MetricsApplication(metrics.registry))
        spool = open_spool(problem_name, settings)
        for reason in ("busy", "features", "internal", "log", "model"):
            # Exposed as 0 from the start: Prometheus' rates miss a new series' first increment.
            metrics.counter("homestead_failed_requests_total", problem_name, reason)
        log_monitor = LogMonitor(problem_name, spool, metrics)
        log_monitor.start()
        supervisor = WorkerSupervisor(problem_name, metrics, log_monitor)
        supervisor.start()
        models.tell_changes_to(supervisor.tell)
        ProcessMetrics(problem_name, "server", os.getpid, metrics)
        ProcessMetrics(problem_name, "worker", lambda: supervisor.worker_pid, metrics)
        _LOG.info("%s, metrics at %s/prometheus", *map(show_address, (listener, metrics_listener)))
        predictor, example = Predictor(models, spool, metrics, settings), ExampleRow(models)
        application: Application = App(
            models, predictor, metrics, example, metrics_listener.getsockname()[1]
        )
        if settings.cors_origins:
            application = CorsApplication(application, settings.cors_origins)
        endpoint = Endpoint(
            application,
            count_rejection=metrics.counter(
                "homestead_rejected_requests_total", problem_name, "http"
            ).inc,
            limits=ConnectionLimits(
                request_timeout_s=settings.request_timeout_s,
                max_body_bytes=MAX_BODY_BYTES,
                max_age_s=settings.connection_age_s,
                max_requests=settings.connection_requests,
            ),
            bounds=EndpointLimits(max_connections=connection_limit(_MAX_CONNECTIONS)),
        )
        metrics_endpoint = Endpoint(
            metrics_application, endpoint.count_rejection, _METRICS_LIMITS, _METRICS_BOUNDS
        )
        server = HttpServer(
            [(endpoint, listener), (metrics_endpoint, metrics_listener)],
            settings.drain_s,
            in_flight_s=settings.finish_s / 2,
            start_draining=supervisor.hurry,
        )
        try:
            search = example.follow_champion(announce)
            uvloop.run(_run(server, search, settings.finish_s / 2 + _EXIT_MARGIN_S))
        finally:
            models.stop()
            log_monitor.stop()
            spool.close()
            supervisor.stop(settings.finish_s / 2)
            gc.unfreeze()


async def _run(server: HttpServer, search: Coroutine[None, None, None], exit_s: float) -> None:
    searching = asyncio.create_task(search)
    await server.run()
    searching.cancel()
    # Python waits for threads at its end, also for one that waits for a store.
    last_resort = threading.Timer(exit_s, _exit_now)
    last_resort.daemon = True
    last_resort.start()


def _exit_now() -> None:
    # Nothing is lost: each answered prediction is in the spool.
    _LOG.warning("a thread did not end in time, exiting without it")
    os._exit(0)


def _tune_interpreter() -> None:
    # Other threads yield to the event loop within half a millisecond.
    sys.setswitchinterval(0.0005)
    # Requests leave no reference cycles, so the garbage collector may run seldom.
    gc.set_threshold(20_000, 20, 20)


def _port_from_seldon(variable: str, port: int, default: int) -> int:
    """Return the port of an environment variable, unless the caller chose one or it is not set."""
    text = os.environ.get(variable, "")
    if port != default or not text:
        return port
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise UserError(f"{variable}: found {text!r}, allowed is a port number")
    return int(text)
