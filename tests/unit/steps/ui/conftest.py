"""A home with two versions under release, without MLflow."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from homestead.database.engine import open_database
from homestead.problem.sections.release import ReleasePolicy
from homestead.release.plan import ModelVersion
from homestead.settings import Settings
from homestead.steps.releases.records import ReleaseRecords
from homestead.steps.ui.sources import Sources
from tests import certified, factories
from tests.conftest import settings_at
from tests.ui_home import PAGE_PROBLEM, add_loop, add_surroundings


@pytest.fixture(scope="session")
def page_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the home: traffic, reports and jobs, too."""
    settings = settings_at(tmp_path_factory.mktemp("template") / "home")
    champion, challenger = (
        ModelVersion(version=version, digest=version * 64, uri="file:///gone")
        for version in ("1", "2")
    )
    plan = certified.release(
        settings,
        PAGE_PROBLEM,
        champion,
        challenger=challenger,
        traffic_share=0.1,
        paired_share=0.1,
    )
    engine = open_database(settings.database_url)
    record = factories.release_record(
        problem=PAGE_PROBLEM,
        champion=plan.champion,
        challenger=plan.challenger,
        policy=ReleasePolicy(steps=(0.1, 0.5, 1.0)),
    )
    ReleaseRecords(engine, settings).start(record)
    engine.dispose()
    add_surroundings(settings, PAGE_PROBLEM)
    add_loop(settings, PAGE_PROBLEM)
    return settings.home


@pytest.fixture
def home(page_template: Path, settings: Settings) -> Settings:
    """Copy the home for a test."""
    shutil.copytree(page_template, settings.home)
    return settings


@pytest.fixture
def sources(home: Settings) -> Iterator[Sources]:
    opened = Sources(home)
    yield opened
    opened.close()
