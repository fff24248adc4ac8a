"""A server whose online store is a Redis Cluster with TLS: all nodes, and one that is away."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pandas as pd

from homestead.features.materialize import materialize
from homestead.problem.schema import Problem
from tests.conftest import settings_at
from tests.redis_servers import running_cluster
from tests.serving import FULL, Server, World, ask


def test_keys_of_all_nodes_are_served_and_those_of_a_lost_node_refused(
    world: World, churn: Problem, program: Callable[[str, str], str], tmp_path: Path
) -> None:
    keys = [int(key) for key in pd.unique(world.valid.customer)[:100]]
    with running_cluster(program, tmp_path) as cluster:
        # Materialization has the rights to write, the server only those to read.
        settings = settings_at(tmp_path / "home")
        settings = settings.model_copy(update={"redis_connection": cluster.url()})
        materialize(world.settings.home / "views", churn, settings)
        World(settings, world.valid, world.models).release(world.models["boosting"])
        server = Server(
            settings.home, HOMESTEAD_REDIS=cluster.url("reader"), HOMESTEAD_LOOKUP_MS="2000"
        )
        embedded = Server(world.settings.home, HOMESTEAD_REDIS="")
        try:
            body = {"jsonData": [{"customer": key} for key in keys]}
            ours, expected = (
                httpx.post(f"{one.url}/predict", json=body, timeout=30).json()["data"]
                for one in (server, embedded)
            )
            assert ours == expected
            cluster.nodes[0].stop()
            codes = {ask(server, {"customer": key}).status_code for key in keys}
            assert codes == {200, 503}
            assert ask(server, FULL).status_code == 200
        finally:
            server.stop()
            embedded.stop()
