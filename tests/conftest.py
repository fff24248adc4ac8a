"""What tests share: the small second problem, a home of their own, and programs they may need."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from homestead.problem import Problem, load_problem
from homestead.settings import Settings

os.environ["DO_NOT_TRACK"] = "1"
os.environ.setdefault("OMP_NUM_THREADS", "1")
CHURN = Path(__file__).parent / "problems" / "churn.yaml"


@pytest.fixture(scope="session")
def churn() -> Problem:
    """The small classification problem."""
    return load_problem(CHURN)


def settings_at(home: Path) -> Settings:
    """Embedded settings below a folder."""
    return Settings(
        home=home,
        tracking_uri=f"sqlite:///{home / 'mlflow.db'}",
        database_url=f"sqlite:///{home / 'homestead.db'}",
        redis_url="",
        feast_registry=f"sqlite:///{home / 'feast' / 'registry.db'}",
    )


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Embedded settings of one test."""
    return settings_at(tmp_path / "home")


@pytest.fixture(scope="session")
def program() -> Callable[[str, str], str]:
    """Finds a program of Debian's; without it the test skips, in CI it fails."""

    def find(name: str, package: str) -> str:
        path = shutil.which(name)
        if path is None:
            message = f"needs {name}: apt-get install {package}"
            if os.environ.get("CI") == "true":
                pytest.fail(message)
            pytest.skip(message)
        return path

    return find
