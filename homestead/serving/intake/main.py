"""The process of an intake: listens on a port until it is told to end."""

import logging

import uvloop

from homestead.serving.http.endpoint import Endpoint
from homestead.serving.http.limits import ConnectionLimits, EndpointLimits
from homestead.serving.http.server import HttpServer
from homestead.serving.intake.application import IntakeApplication
from homestead.serving.network.listeners import connection_limit, show_address, tcp_listener
from homestead.settings import Settings

_LOG = logging.getLogger(__name__)
_MAX_CONNECTIONS = 256


def serve_intake(
    application: IntakeApplication, settings: Settings, host: str, port: int, max_body_bytes: int
) -> None:
    """Serve an application until SIGTERM, SIGHUP or SIGINT.

    Raises:
        UserError: the port is taken, or the address is not this machine's.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    with application, tcp_listener(host, port) as listener:
        endpoint = Endpoint(
            application,
            count_rejection=lambda: None,
            limits=ConnectionLimits(
                request_timeout_s=settings.request_timeout_s, max_body_bytes=max_body_bytes
            ),
            bounds=EndpointLimits(max_connections=connection_limit(_MAX_CONNECTIONS)),
        )
        _LOG.info("%s", show_address(listener))
        server = HttpServer([(endpoint, listener)], settings.drain_s, settings.finish_s / 2)
        uvloop.run(server.run())
