"""What the server's tests share: one world, made once."""

import pytest

from homestead.problem import Problem
from tests.conftest import settings_at
from tests.serving import World, make_world


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory, churn: Problem) -> World:
    """A home with a released model of the small problem."""
    home = tmp_path_factory.mktemp("served")
    return make_world(home, settings_at(home), churn)
