"""The server and its online store: Redis that goes away and comes back, and old values."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from homestead.features.materialize import materialize
from homestead.model.onnx_model import Model
from homestead.problem.contract import ContractView
from homestead.problem.schema import Problem
from tests.conftest import Redis, settings_at
from tests.serving import FULL, Server, World, ask, with_contract


@pytest.fixture(scope="module")
def home(
    world: World, redis_server: Redis, churn: Problem, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Prepare a separate home whose online store is Redis."""
    home = tmp_path_factory.mktemp("redis-home")
    settings = settings_at(home).model_copy(update={"redis_connection": redis_server.address})
    materialize(world.settings.home / "views", churn, settings)
    World(settings, world.valid, world.models).release(world.models["boosting"])
    return home


@pytest.fixture
def server(home: Path, redis_server: Redis) -> Iterator[Server]:
    running = Server(home, HOMESTEAD_REDIS=redis_server.address, HOMESTEAD_LOOKUP_MS="300")
    yield running
    running.stop()


def test_without_its_store_the_server_answers_who_sends_all(
    server: Server, world: World, home: Path, redis_server: Redis, churn: Problem
) -> None:
    key = {"customer": int(world.valid.iloc[-1].customer)}
    expected = ask(server, key)
    assert expected.status_code == 200
    assert ask(server, {"customer": 99_999}).status_code == 404
    redis_server.stop()
    for _ in range(5):
        answer = ask(server, key)
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "1"
        assert answer.json()["status"]["reason"] == "features"
    assert ask(server, FULL).status_code == 200
    # Without the view that may be null, which then is named.
    attributes = {name: value for name, value in FULL.items() if name != "trouble"}
    for _ in range(5):
        answer = ask(server, {**attributes, "region": 3})
        assert answer.status_code == 200, answer.text
        assert answer.json()["meta"]["tags"]["unavailable_features"] == ["region_trouble"]
    assert answer.json()["data"] == ask(server, {**FULL, "trouble": None}).json()["data"]
    assert httpx.get(f"{server.url}/v2/health/ready").status_code == 200
    metrics = server.metrics()
    assert (
        'homestead_unavailable_features_total{model="churn",view="region_trouble"} 5.0' in metrics
    )
    assert 'homestead_feature_store_available{model="churn"} 0.0' in metrics
    assert 'homestead_failed_requests_total{model="churn",reason="features"} 5.0' in metrics
    redis_server.start()
    # It has lost its data: no mistake of the client.
    server.wait(lambda: "no values of customer_facts" in ask(server, key).text, 10)
    assert ask(server, key).status_code == 503
    settings = settings_at(home).model_copy(update={"redis_connection": redis_server.address})
    materialize(world.settings.home / "views", churn, settings)
    server.wait(lambda: ask(server, key).status_code == 200, 10)
    assert ask(server, key).json()["data"] == expected.json()["data"]
    assert 'homestead_feature_store_available{model="churn"} 1.0' in server.metrics()


def test_a_server_that_starts_without_its_store_serves_what_it_can(
    world: World, home: Path, redis_server: Redis, churn: Problem
) -> None:
    redis_server.stop()
    running = Server(home, HOMESTEAD_REDIS=redis_server.address)
    try:
        assert ask(running, FULL).status_code == 200
        assert ask(running, {"customer": 1}).status_code == 503
    finally:
        running.stop()
        redis_server.start()
        settings = settings_at(home).model_copy(update={"redis_connection": redis_server.address})
        materialize(world.settings.home / "views", churn, settings)


def test_old_values_are_marked_or_refused_as_the_problem_says(
    server: Server, world: World, home: Path
) -> None:
    # The values are of 2024: older than any view's time to live.
    key = {"customer": int(world.valid.iloc[-1].customer)}
    marked = ask(server, key).json()["meta"]["tags"]
    assert marked["stale_features"] == ["customer_facts", "region_trouble"]
    fresh = ask(server, {**key, "day": str(world.valid.day.max().date())})
    assert "stale_features" not in fresh.json()["meta"]["tags"]
    inputs = [{"name": "customer", "shape": [1], "datatype": "INT64", "data": [key["customer"]]}]
    found = httpx.post(f"{server.url}/v2/models/churn/infer", json={"inputs": inputs}).json()
    assert found["parameters"]["stale_features"] == "customer_facts,region_trouble"
    metrics = server.metrics()
    assert 'homestead_stale_features_total{model="churn",view="region_trouble"} 2.0' in metrics
    assert (
        'homestead_feature_freshness_timestamp_seconds{model="churn",view="customer_facts"} 1.7'
        in metrics
    )
    views = tuple(view.model_copy(update={"stale": "refuse"}) for view in _views(world))
    strict = with_contract(world, "boosting", "9", views=views)
    settings = settings_at(home).model_copy(update={"redis_connection": ""})
    World(settings, world.valid, world.models).release(strict)
    server.wait(lambda: ask(server, FULL).json()["meta"]["tags"]["model_version"] == "9", 30)
    answer = ask(server, key)
    assert answer.status_code == 503
    assert "customer_facts are older than 365 days" in answer.json()["status"]["info"]
    World(settings, world.valid, world.models).release(world.models["boosting"])


def _views(world: World) -> tuple[ContractView, ...]:
    return Model(Path(world.models["boosting"].uri).read_bytes()).contract.views


def test_a_store_that_hangs_costs_nobody_more_than_its_time_out(
    server: Server, world: World, redis_server: Redis
) -> None:
    key = {"customer": int(world.valid.iloc[-1].customer)}
    assert ask(server, key).status_code == 200
    redis_server.process.send_signal(signal.SIGSTOP)
    try:
        with httpx.Client(base_url=server.url, timeout=3) as client:
            for _ in range(5):
                answer = client.post("/predict", json={"jsonData": key})
                assert answer.status_code == 503
                assert client.post("/predict", json={"jsonData": FULL}).status_code == 200
        assert answer.json()["status"]["info"] == "the feature store cannot be read; try again"
    finally:
        redis_server.process.send_signal(signal.SIGCONT)
    server.wait(lambda: ask(server, key).status_code == 200, 10)


def test_a_thousand_rows_by_key_are_read_in_parts(server: Server, world: World) -> None:
    keys = [int(key) for key in world.valid.customer.unique()[:1000]]
    rows = [{"customer": key} for key in (keys * 10)[:1000]]
    answer = httpx.post(f"{server.url}/predict", json={"jsonData": rows}, timeout=60)
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["data"]["ndarray"]) == 1000


@pytest.mark.parametrize("store", ["sqlite", "redis"])
def test_a_server_needs_neither_feast_nor_its_registry(
    world: World, home: Path, redis_server: Redis, store: str
) -> None:
    key = {"customer": int(world.valid.iloc[-1].customer)}
    nowhere = "postgresql+psycopg://nobody@127.0.0.1:9/feast"
    environment: dict[str, Any] = {"HOMESTEAD_FEAST_REGISTRY": nowhere, "HOMESTEAD_REDIS": ""}
    if store == "redis":
        environment["HOMESTEAD_REDIS"] = redis_server.address
    running = Server(home if store == "redis" else world.settings.home, **environment)
    try:
        assert ask(running, key).status_code == 200
        maps = Path(f"/proc/{running.process.pid}/maps").read_text()
        libraries = {name for name in ("pandas", "pyarrow", "google/_upb") if name in maps}
        assert not libraries, "the server imports what only Feast needs"
        status = Path(f"/proc/{running.process.pid}/status").read_text()
        (resident,) = (line for line in status.splitlines() if line.startswith("VmRSS"))
        assert int(resident.split()[1]) < 140_000, resident
    finally:
        running.stop()
