"""The newest release: its events, and what its tests say."""

from homestead.settings import Settings
from homestead.steps.releases.records import open_records
from homestead.steps.ui.boxes.release import read_release
from homestead.steps.ui.sources import Sources
from tests import factories, release_steps
from tests.ui_home import PAGE, PAGE_PROBLEM, page_text


def test_before_the_first_release_there_is_nothing(settings: Settings) -> None:
    assert read_release(Sources(settings), PAGE_PROBLEM) is None


def test_a_release_under_way_shows_its_steps_and_events(home: Settings, sources: Sources) -> None:
    view = read_release(sources, PAGE_PROBLEM)
    assert view is not None
    assert [event.reason for event in view.events] == ["started"]
    assert (view.analysis, view.waiting, list(view.earlier)) == (None, None, [])
    text = page_text(home, PAGE)
    assert "Version 2 answers 10% of the subjects (step 1 of 3)" in text
    assert "10% 50% 100%" in text


def test_an_ended_release_shows_the_evidence_that_ended_it(
    home: Settings, sources: Sources
) -> None:
    with open_records(home) as records:
        record = records.ruling(PAGE_PROBLEM)
        assert record is not None
        found = release_steps.analysis("harm")
        decided = records.replace(release_steps.decided(record, found, 2000.0))
        ended = {"state": "rolled_back", "changed_at": 2100.0, "ended_at": 2100.0}
        records.replace(decided.model_copy(update=ended))
        records.start(
            factories.release_record(
                2, id="homes-2", problem=PAGE_PROBLEM, state="waiting", started_at=2200.0
            )
        )
    view = read_release(sources, PAGE_PROBLEM)
    assert view is not None
    assert view.analysis == found
    assert [event.state for event in view.events] == ["running", "rolling_back", "rolled_back"]
    assert view.waiting == "2"
    assert "Rolled back: version 1 answers all requests again." in view.headline


def test_earlier_releases_are_listed_the_newest_first(home: Settings, sources: Sources) -> None:
    with open_records(home) as records:
        for number in (2, 3):
            records.start(
                factories.release_record(number, id=f"homes-{number}", problem=PAGE_PROBLEM)
            )
    view = read_release(sources, PAGE_PROBLEM)
    assert view is not None
    assert view.record.id == "homes-3"
    assert [release.id for release in view.earlier] == ["homes-2", "flats-1"]
