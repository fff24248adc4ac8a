"""One server process: the parts put together, and taken apart in order."""

import logging
import os
import signal
import socket
import threading
from types import FrameType

import uvicorn
from prometheus_client import start_http_server

from homestead.errors import UserError
from homestead.prediction_log import Shipper, connect
from homestead.settings import Settings
from homestead.spool import Spool
from serving.app import App
from serving.engine import Engine
from serving.metrics import Metrics
from serving.watch import Watch

PORT = 9000
METRICS_PORT = 6000
_LOG = logging.getLogger(__name__)
# Seldon's executor keeps idle connections for 90 s; the server must not be the first to close.
_KEEP_ALIVE_S = 120
# How long answers ask clients to connect anew before idle connections are closed.
_DRAIN_S = 1.0
# Below Kubernetes' 20 s of grace for a Seldon pod.
_IN_FLIGHT_S = 15


def serve(
    problem_name: str,
    settings: Settings,
    host: str = "127.0.0.1",
    port: int = PORT,
    metrics_port: int = METRICS_PORT,
) -> None:
    """Serve the released champion until SIGTERM or SIGINT.

    One process on one core; more come as replicas. Where the ports are the defaults, the
    variables that Seldon's operator sets decide.

    Raises:
        UserError: there is no release, its file is not the released one, or a port is taken.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    port = _given("PREDICTIVE_UNIT_HTTP_SERVICE_PORT", port, PORT)
    metrics_port = _given("PREDICTIVE_UNIT_METRICS_SERVICE_PORT", metrics_port, METRICS_PORT)
    metrics = Metrics()
    engine = Engine(problem_name, settings, metrics)
    engine.follow()
    listener = _listen(host, port)
    try:
        exposed, _ = start_http_server(metrics_port, host, metrics.registry)
    except OSError as error:
        listener.close()
        raise UserError(f"metrics port {metrics_port} of {host}: {error.strerror}") from None
    spool = Spool(settings.folder("spool", problem_name))
    database = connect(settings.database_url)
    shipper = Shipper(spool, database)
    lag = metrics.gauge("prediction_log_lag_rows", problem_name)
    lag.set_function(lambda: shipper.lag)
    shipper.start()
    for reason in ("features", "internal", "log", "model"):
        # A series that begins with its first failure hides that one from Prometheus' rates.
        metrics.counter("failed_requests_total", problem_name, reason)
    watch = Watch(problem_name, database, settings.release_plan(problem_name), metrics)
    watch.start()
    _LOG.info("http://%s:%s, metrics on port %s at /prometheus", host, port, metrics_port)
    app = App(engine, spool, metrics)
    try:
        _Server(app).run(sockets=[listener])
    finally:
        engine.stop()
        watch.stop()
        shipper.stop()
        exposed.shutdown()
        database.dispose()


class _Server(uvicorn.Server):
    """Drains ahead of its end: a connection closed under a client's request would fail it."""

    def __init__(self, app: App) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                loop="uvloop",
                http="httptools",
                lifespan="off",
                ws="none",
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                timeout_keep_alive=_KEEP_ALIVE_S,
                timeout_graceful_shutdown=_IN_FLIGHT_S,
            )
        )
        self._app = app

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """On SIGTERM drain, then stop; on SIGINT, or the second time, stop now."""
        if sig == signal.SIGTERM and not self._app.draining:
            self._app.draining = True
            timer = threading.Timer(_DRAIN_S, self._end)
            timer.daemon = True
            timer.start()
        else:
            self._end()

    def _end(self) -> None:
        self.should_exit = True


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
