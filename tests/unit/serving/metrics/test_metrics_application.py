"""The metrics port: scrapes in each format, and what is no scrape."""

import asyncio

import pytest
from prometheus_client import CollectorRegistry, Counter, Metric
from prometheus_client.registry import Collector

from homestead.serving.metrics.metrics_application import MetricsApplication
from tests.http_wire import http_request


def scrape(
    target: bytes,
    method: bytes = b"GET",
    accept: bytes = b"",
    registry: CollectorRegistry | None = None,
) -> tuple[int, bytes, bytes]:
    if registry is None:
        registry = CollectorRegistry()
        Counter("things", "Things.", registry=registry).inc(3)

    async def run() -> tuple[int, bytes, bytes]:
        response: asyncio.Future[tuple[int, bytes, bytes]]
        response = asyncio.get_running_loop().create_future()
        with MetricsApplication(registry) as application:
            application(
                http_request(b"", method, target, [(b"Accept", accept)]),
                lambda *parts: response.set_result(parts),
            )
            return await response

    return asyncio.run(run())


@pytest.mark.parametrize("target", [b"/prometheus", b"/metrics", b"/prometheus?x=y"])
@pytest.mark.parametrize("method", [b"GET", b"HEAD"])
def test_a_scrape_gets_the_values(target: bytes, method: bytes) -> None:
    status, content, headers = scrape(target, method)
    assert status == 200
    assert b"\nthings_total 3.0\n" in content
    assert headers.startswith(b"content-type: text/plain; version=")


def test_prometheus_may_ask_for_openmetrics() -> None:
    _, content, headers = scrape(b"/prometheus", accept=b"application/openmetrics-text")
    assert content.endswith(b"# EOF\n")
    assert headers.startswith(b"content-type: application/openmetrics-text;")


def test_other_paths_and_methods_are_refused() -> None:
    assert scrape(b"/predict")[0] == 404
    status, _, headers = scrape(b"/prometheus", b"POST")
    assert status == 405
    assert b"allow: GET, HEAD\r\n" in headers


def test_a_metric_that_fails_is_a_500() -> None:
    class Fails(Collector):
        def collect(self) -> list[Metric]:
            raise RuntimeError("a bug")

    registry = CollectorRegistry(auto_describe=False)
    registry.register(Fails())
    assert scrape(b"/prometheus", registry=registry)[0] == 500
