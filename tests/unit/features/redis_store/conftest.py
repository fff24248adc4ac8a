"""Servers that the tests of this folder share, and a problem whose rows they hold."""

from collections.abc import Callable, Iterator

import pytest

from homestead.problem.schema import Problem
from tests.factories import flats_problem
from tests.redis_servers import Cluster, running_cluster


@pytest.fixture
def problem() -> Problem:
    """Return a problem with an integer and a text key."""
    flats = flats_problem()
    view = flats.views["flat"]
    area = view.model_copy(update={"entity": "district", "columns": ("area", "floor")})
    return flats.model_copy(update={"views": {"flat": view, "district_facts": area}})


@pytest.fixture(scope="session")
def cluster(
    program: Callable[[str, str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cluster]:
    """Return a cluster of three nodes with TLS."""
    with running_cluster(program, tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster
