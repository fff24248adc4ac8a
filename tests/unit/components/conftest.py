"""One home that all component tests share, and the environment in which components find it."""

from collections.abc import Iterator

import pytest

from homestead.problem.schema import Problem
from tests.components import TrainedHome


@pytest.fixture(scope="session")
def trained_home(tmp_path_factory: pytest.TempPathFactory, churn: Problem) -> TrainedHome:
    """Return a home in which each component's function has run once."""
    return TrainedHome(tmp_path_factory.mktemp("components"), churn)


@pytest.fixture
def home(trained_home: TrainedHome) -> Iterator[TrainedHome]:
    """Yield the shared home, in whose environment the test runs."""
    with trained_home.environment():
        yield trained_home
