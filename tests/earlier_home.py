"""A home as an earlier version of Homestead left it: its certificates are not signed."""

import shutil
from pathlib import Path
from urllib.parse import unquote, urlsplit

from homestead.release.plan import ReleasePlan, write_plan
from homestead.tracking import registry, runs, tags
from tests.conftest import settings_at
from tests.registry import PROBLEM, log_candidates, promote


def make_earlier_home(home: Path) -> None:
    """Make a home with two registered versions, of which the second is released, unsigned."""
    settings = settings_at(home)
    mlflow = runs.open_client(settings)
    candidates = log_candidates(settings)
    low, high = sorted((candidates["a"], candidates["b"]), key=lambda c: c.digest)
    promote(settings, low, None)
    promote(settings, high, low.digest)
    for version in registry.versions(mlflow, PROBLEM.name):
        shutil.rmtree(path_of(version.certificate).parent)
        mlflow.delete_model_version_tag(PROBLEM.name, version.version, tags.CERTIFICATE)
    shutil.rmtree(settings.signing_key.parent)
    # Earlier versions recorded no releases.
    for path in home.glob("homestead.db*"):
        path.unlink()
    champion = registry.versions(mlflow, PROBLEM.name)[1]
    plan = ReleasePlan(problem=PROBLEM.name, champion=champion)
    write_plan(settings.release_plan(PROBLEM.name), plan)


def path_of(uri: str | None) -> Path:
    """Return the path of a file's URI."""
    assert uri is not None
    return Path(unquote(urlsplit(uri).path))
