"""What the server's tests share: one world, made once, and a server of it."""

from collections.abc import Iterator

import pytest

from homestead.problem.schema import Problem
from tests.conftest import ODD_NAME, settings_at
from tests.serving import Server, World, make_world


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory, churn: Problem) -> World:
    """Return a home with a released model of the small problem."""
    home = tmp_path_factory.mktemp("served") / ODD_NAME
    home.mkdir()
    return make_world(home, settings_at(home), churn)


@pytest.fixture(scope="module")
def server(world: World) -> Iterator[Server]:
    """Start a server of that home for the module; it must end as it was asked to."""
    world.release(world.models["boosting"])
    running = Server(world.settings.home)
    yield running
    assert running.stop() == 0
    world.release(world.models["boosting"])
