"""The server process."""

import logging
import os

import uvicorn
from prometheus_client import start_http_server

from homestead.settings import Settings
from serving.app import App
from serving.engine import Engine
from serving.metrics import Metrics

KEEP_ALIVE_S = 120  # longer than Seldon's executor keeps a connection
GRACE_S = 20


def serve(problem: str, settings: Settings, host: str, port: int, metrics_port: int) -> None:
    """Serve a problem's released champion until SIGTERM; requests in flight are finished.

    Seldon's operator says the ports by ``PREDICTIVE_UNIT_HTTP_SERVICE_PORT`` and
    ``PREDICTIVE_UNIT_METRICS_SERVICE_PORT``.

    Raises:
        UserError: there is no release, or its file is not the released one.
    """
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    port = int(os.environ.get("PREDICTIVE_UNIT_HTTP_SERVICE_PORT", port))
    metrics_port = int(os.environ.get("PREDICTIVE_UNIT_METRICS_SERVICE_PORT", metrics_port))
    metrics = Metrics()
    app = App(Engine(problem, settings, metrics))
    start_http_server(metrics_port, addr=host, registry=metrics.registry)
    uvicorn.run(
        app,
        host=host,
        port=port,
        loop="uvloop",
        http="httptools",
        lifespan="on",
        access_log=False,
        log_level="warning",
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=GRACE_S,
    )
