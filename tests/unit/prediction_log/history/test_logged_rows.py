"""Reading whole rows of the log: windows in any time zone, in parts, and single predictions."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa

from homestead.prediction_log.history.logged_rows import (
    LogWindow,
    read_parts,
    read_prediction,
)
from homestead.prediction_log.insert_rows import insert_lines
from tests.factories import prediction_entry

PACIFIC = timezone(timedelta(hours=-8))
# The same instant as 21:30 UTC.
NOON = datetime(2026, 11, 3, 13, 30, tzinfo=PACIFIC)


def _ids(engine: sa.Engine, window: LogWindow) -> list[str]:
    return [name for part in read_parts(engine, "homes", window, 2) for name in part.prediction_id]


@pytest.mark.parametrize("zone", [PACIFIC, UTC, timezone(timedelta(hours=5, minutes=30))])
def test_half_past_one_in_another_zone_is_the_same_instant_in_rows_and_in_bounds(
    engine: sa.Engine, zone: timezone
) -> None:
    entries = [prediction_entry(name, 1.0) for name in ("before", "at", "after")]
    for entry, seconds in zip(entries, (-1e-3, 0.0, 1e-3), strict=True):
        entry.timestamp_s = NOON.timestamp() + seconds
    insert_lines(engine, entries)
    only = LogWindow(since=NOON, until=NOON + timedelta(microseconds=1))
    [at] = next(read_parts(engine, "homes", only))["at"]
    assert datetime.fromtimestamp(at, PACIFIC) == NOON
    bound = NOON.astimezone(zone)
    assert _ids(engine, LogWindow(since=bound)) == ["after", "at"]
    assert _ids(engine, LogWindow(until=bound)) == ["before"]
    # Without a zone it is UTC.
    naive = NOON.astimezone(UTC).replace(tzinfo=None)
    assert _ids(engine, LogWindow(since=naive)) == ["after", "at"]


def test_a_window_comes_in_parts_with_shadows_and_the_newest_rows_first(engine: sa.Engine) -> None:
    entries = [prediction_entry(f"p{hour}", 1.0, 2.0) for hour in range(3)]
    for hour, entry in enumerate(entries):
        entry.timestamp_s = NOON.timestamp() + 3600 * hour
    entries[1].shadow_of, entries[2].version = "p0", "4"
    insert_lines(engine, entries)
    assert [len(part) for part in read_parts(engine, "homes", LogWindow(), 4)] == [4, 2]
    assert _ids(engine, LogWindow()) == ["p2", "p2", "p1", "p1", "p0", "p0"]
    assert _ids(engine, LogWindow(version="3", max_rows=3)) == ["p1", "p1", "p0"]


def test_a_prediction_is_found_by_its_id_and_by_that_of_its_request(engine: sa.Engine) -> None:
    first, again, shadow = (prediction_entry(name, 1.0, 2.0) for name in "abc")
    for number, entry in enumerate((first, again, shadow)):
        entry.request_id = "order 7"
        entry.timestamp_s += number
    shadow.shadow_of = "b"
    insert_lines(engine, [first, again, shadow])
    assert list(read_prediction(engine, "homes", "a").row) == [0, 1]
    assert set(read_prediction(engine, "homes", "order 7").prediction_id) == {"b"}
    assert read_prediction(engine, "homes", "order 8").empty
    assert read_prediction(engine, "others", "a").empty
