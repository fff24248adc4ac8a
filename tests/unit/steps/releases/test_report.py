"""Report of a release: written for each change, to the home and to MLflow, and once only."""

import re
from pathlib import Path

import pytest

from homestead.names import RELEASES_FOLDER
from homestead.problem.sections.release import ReleasePolicy
from homestead.release.record import ReleaseRecord
from homestead.settings import Settings
from homestead.steps.releases.advance import advance
from homestead.steps.releases.ask import ask
from homestead.steps.releases.controller import Controller
from homestead.steps.releases.evidence import problem_slices
from homestead.steps.releases.records import open_records
from homestead.steps.releases.start import start_release
from homestead.tracking import registry, runs, tags
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


def page_of(settings: Settings, record: ReleaseRecord) -> Path:
    return settings.folder("reports", PROBLEM.name, RELEASES_FOLDER) / f"{record.id}.html"


def test_a_change_is_reported_once_to_the_home_and_to_mlflow(
    settings: Settings, record: ReleaseRecord
) -> None:
    messages: list[str] = []
    advance(CANARY, settings, messages.append)
    page = page_of(settings, record)
    text = visible_text(page.read_text())
    assert "Version 2 answers 10% of the subjects (step 1 of 2)." in text
    assert "10% of the subjects, version 1" in text  # the plan now
    mlflow = runs.open_client(settings)
    run_id = registry.version_run_id(mlflow, PROBLEM.name, "2")
    logged = runs.read_text(mlflow, run_id, f"{RELEASES_FOLDER}/{page.name}")
    # In the home the page leads to the reports beside it, in MLflow to none.
    assert '<nav class="siblings"></nav>' in logged
    links = re.compile(r'(?<=<nav class="siblings">).*?(?=</nav>)')
    assert logged == links.sub("", page.read_text())
    page.unlink()
    advance(CANARY, settings, messages.append)
    assert not page.exists()
    assert not [message for message in messages if "no report" in message]


def test_a_release_has_a_report_before_the_first_look_at_its_requests(
    settings: Settings, record: ReleaseRecord
) -> None:
    text = visible_text(page_of(settings, record).read_text())
    assert "Version 2 answers 10% of the subjects (step 1 of 2)." in text
    assert "The challenger has not been judged yet." in text


def test_a_page_that_was_left_out_is_written_by_the_next_look_that_writes_pages(
    settings: Settings, record: ReleaseRecord
) -> None:
    page = page_of(settings, record)
    page.unlink()
    with open_records(settings) as records:
        controller = Controller(CANARY, settings, records, report=lambda _: None)
        ask(controller, "rollback", "ada")
    # What a person asks for is reported at once, whoever looks next.
    page.unlink(missing_ok=True)
    mlflow = runs.open_client(settings)
    registry.describe_version(mlflow, PROBLEM.name, "2", "", {tags.RELEASE_REPORT: ""})
    outcome = advance(CANARY, settings, lambda _: None, report_steps=False)
    assert outcome.record is not None
    assert outcome.record.has_ended
    assert not page.exists()
    advance(CANARY, settings, lambda _: None)
    assert "rolled back" in visible_text(page.read_text())


def test_numbers_are_sliced_by_the_ranges_of_the_certificate() -> None:
    problem = flats_problem().model_copy(update={"slices": ("area", "district")})
    ranges = {"area": ("20 to 60", "60 to 90"), "elsewhere": ("0 to 1",)}
    assert problem_slices(problem, {}).of({"area": 70.0}) == {}
    slices = problem_slices(problem, ranges)
    assert slices.of({"area": 70.0, "elsewhere": 0.5})["area"] == "60 to 90"
    assert "elsewhere" not in slices.names


def test_slices_that_need_no_row_are_those_of_categories_and_narrow_integers() -> None:
    problem = flats_problem()
    slices = problem_slices(problem, {})
    for name, names in slices.names.items():
        assert name in problem.slices
        assert names
