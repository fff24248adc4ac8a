"""A home with a champion and challengers, copied for each test."""

import json
import shutil
from pathlib import Path

import pytest
from mlflow.tracking._tracking_service import utils as mlflow_utils

from homestead.settings import Settings
from homestead.steps.releases import controller as controllers
from homestead.tracking import runs
from tests.conftest import settings_at
from tests.registry import (
    log_candidates,
    promote,
    read_candidates,
)
from tests.releases import Releases


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a home with a champion that is copied for each test."""
    folder = tmp_path_factory.mktemp("releases")
    settings = settings_at(folder / "home")
    candidates = log_candidates(settings)
    first = min(candidates.values(), key=lambda candidate: candidate.digest)
    promote(settings, first, None)

    texts = {name: candidate.to_json() for name, candidate in candidates.items()}
    (settings.home / "candidates.json").write_text(json.dumps(texts))
    return settings.home


@pytest.fixture
def releases(template: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Releases:
    shutil.copytree(template, settings.home)
    # MLflow remembers in which home a model lies.
    mlflow_utils._artifact_repos_cache.clear()
    runs.open_client(settings)
    old = template.as_uri()
    path = settings.home / "candidates.json"
    path.write_text(path.read_text().replace(old, settings.home.as_uri()))
    made = Releases(settings, read_candidates(path))
    monkeypatch.setattr(controllers, "analyse", made.analyse)
    return made
