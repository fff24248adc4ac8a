"""The environment in which components find the home that they share."""

from collections.abc import Iterator

import pytest

from tests.components import TrainedHome


@pytest.fixture
def home(trained_home: TrainedHome) -> Iterator[TrainedHome]:
    """Yield the shared home, in whose environment the test runs."""
    with trained_home.environment():
        yield trained_home
