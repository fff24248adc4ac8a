"""State of a home, read by the page's readers."""

from pathlib import Path

from homestead.settings import Settings
from homestead.steps.ui.sources import Sources
from homestead.steps.ui.status.read import read_status
from homestead.ui.status import status_rows
from tests.ui_home import PAGE_PROBLEM


def text_of(sources: Sources) -> str:
    found = read_status(sources)
    assert [state.problem for state in found.problems] == [PAGE_PROBLEM]
    return "\n".join(
        f"{title}: {line}" for title, line in status_rows(found.problems[0], found.read_at)
    )


def test_it_tells_what_the_page_tells(sources: Sources) -> None:
    text = text_of(sources)
    assert "model: champion: version 1, answers 90% of requests" in text
    assert " of version 2: running, step 1" in text
    assert "last runs: drift FAILED just now; training succeeded just now" in text
    assert "drift: drift 1 min ago: 40% of the inputs, allowed 30%; 500 rows" in text
    assert "log: 3,000 predictions, newest just now; database file" in text
    assert "retraining: wait just now: the last run ended 2 hours ago" in text


def test_what_cannot_be_read_says_why_and_hides_nothing_else(home: Settings) -> None:
    Path(home.database_url.removeprefix("sqlite:///")).write_bytes(b"no database " * 1000)
    sources = Sources(home)
    try:
        text = text_of(sources)
    finally:
        sources.close()
    assert "drift: cannot be read: cannot use a database" in text
    assert "model: champion: version 1" in text


def test_a_spool_that_waits_is_measured_without_its_free_space(
    home: Settings, sources: Sources
) -> None:
    segment = home.folder("spool", PAGE_PROBLEM) / "1-2x3.jsonl"
    segment.write_bytes(b'{"a": 1}\n' * 1000 + b"\0" * 100_000)
    assert "; 9.0 kB wait to be shipped" in text_of(sources)
