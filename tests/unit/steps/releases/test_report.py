"""Report of a release: written for each change, to the home and to MLflow, and once only."""

from pathlib import Path

import pytest

from homestead.names import RELEASES_FOLDER
from homestead.problem.sections.release import ReleasePolicy
from homestead.release.record import ReleaseRecord
from homestead.settings import Settings
from homestead.steps.releases.advance import advance
from homestead.steps.releases.controller import Controller
from homestead.steps.releases.evidence import problem_slices
from homestead.steps.releases.records import open_records
from homestead.steps.releases.start import start_release
from homestead.tracking import registry, runs
from tests.factories import flats_problem
from tests.registry import PROBLEM, log_candidates, promote, register
from tests.report_pages import visible_text

CANARY = PROBLEM.model_copy(update={"release": ReleasePolicy(steps=(0.1, 1.0))})


@pytest.fixture
def record(settings: Settings) -> ReleaseRecord:
    """Start the release of a second version."""
    candidates = sorted(log_candidates(settings).values(), key=lambda item: item.digest)
    promote(settings, candidates[0], None)
    version = register(settings, candidates[1], candidates[0].digest).version
    assert version is not None
    with open_records(settings) as records:
        controller = Controller(CANARY, settings, records, report=lambda _: None)
        return start_release(controller, version)


def pages(settings: Settings) -> list[Path]:
    return sorted(settings.folder("reports", PROBLEM.name, RELEASES_FOLDER).iterdir())


def test_a_change_is_reported_once_to_the_home_and_to_mlflow(
    settings: Settings, record: ReleaseRecord
) -> None:
    messages: list[str] = []
    advance(CANARY, settings, messages.append)
    (page,) = pages(settings)
    text = visible_text(page.read_text())
    assert "Version 2 answers 10% of the subjects (step 1 of 2)." in text
    assert "10% of the subjects, version 1" in text  # the plan now
    mlflow = runs.open_client(settings)
    run_id = registry.version_run_id(mlflow, PROBLEM.name, "2")
    assert runs.read_text(mlflow, run_id, f"{RELEASES_FOLDER}/{page.name}") == page.read_text()
    page.unlink()
    advance(CANARY, settings, messages.append)
    assert pages(settings) == []
    assert not [message for message in messages if "no report" in message]


def test_slices_that_need_no_row_are_those_of_categories_and_narrow_integers() -> None:
    problem = flats_problem()
    slices = problem_slices(problem)
    for name, names in slices.names.items():
        assert name in problem.slices
        assert names
