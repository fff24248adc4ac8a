"""Reading a window: columns, order, limits, and what is left out."""

import hashlib
import math
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
import sqlalchemy as sa

from homestead.prediction_log.entries import PredictionEntry
from homestead.prediction_log.insert_rows import insert_lines
from homestead.prediction_log.read_window import count_by_digest, read_window
from tests.factories import prediction_entry

START = datetime(2026, 11, 1, tzinfo=UTC)


def test_models_with_other_features_share_the_log(engine: sa.Engine) -> None:
    later = prediction_entry("later", 2.0)
    later.feature_names, later.version, later.features = ("area", "lift"), "4", [[2.0, 1.0]]
    insert_lines(engine, [prediction_entry("earlier", 1.0), later])
    window = read_window(engine, "homes").inputs
    assert set(window) == {"area", "floor", "lift"}
    assert sorted(window.area) == [1.0, 2.0]
    assert window.lift.isna().sum() == 1
    assert list(window.index) == ["d" * 64] * 2


def test_hashed_features_and_shadows_are_left_out(engine: sa.Engine) -> None:
    hashed, shadow = prediction_entry("a", 1.0), prediction_entry("b", 9.0)
    hashed.features = [[1.0, "5eb1"]]
    shadow.shadow_of = "a"
    insert_lines(engine, [hashed, shadow])
    assert read_window(engine, "homes").inputs.to_dict("list") == {"area": [1.0]}


@pytest.mark.parametrize(
    ("since", "until", "max_rows", "areas"),
    [
        (None, None, None, [0.0, 1.0, 2.0, 3.0]),
        (START + timedelta(hours=1), None, None, [1.0, 2.0, 3.0]),
        (None, START + timedelta(hours=2), None, [0.0, 1.0]),
        # Without a time zone it is UTC.
        (None, (START + timedelta(hours=2)).replace(tzinfo=None), None, [0.0, 1.0]),
        (None, None, 2, [2.0, 3.0]),
        (None, START + timedelta(hours=3), 1, [2.0]),
    ],
)
def test_a_window_starts_inclusive_ends_exclusive_and_keeps_the_newest_rows(
    engine: sa.Engine,
    since: datetime | None,
    until: datetime | None,
    max_rows: int | None,
    areas: list[float],
) -> None:
    entries = [prediction_entry(f"p{hour}", float(hour)) for hour in range(4)]
    for hour, entry in enumerate(entries):
        entry.timestamp_s = (START + timedelta(hours=hour)).timestamp()
    insert_lines(engine, entries)
    window = read_window(engine, "homes", since, until, max_rows)
    assert list(window.inputs.area) == areas
    times = [START + timedelta(hours=area) for area in areas]
    span = (times[0], times[-1]) if times else None
    assert window.span == span


def test_without_a_log_the_window_is_empty(engine: sa.Engine) -> None:
    window = read_window(engine, "homes")
    assert window.inputs.empty
    assert (window.span, window.rows) == (None, 0)
    assert count_by_digest(engine, "homes") == {}


def _many_rows(requests: int, rows: int) -> list[PredictionEntry]:
    """Return requests of several rows each, whose area is their place in time."""
    entries = [prediction_entry(f"p{number:04}", *[0.0] * rows) for number in range(requests)]
    for number, entry in enumerate(entries):
        entry.timestamp_s = (START + timedelta(seconds=number)).timestamp()
        entry.features = [[float(number * rows + row), math.nan] for row in range(rows)]
    return entries


def test_the_database_draws_the_same_sample_each_time(engine: sa.Engine) -> None:
    entries = _many_rows(40, 25)
    insert_lines(engine, entries)
    window = read_window(engine, "homes", sample=100)
    assert (len(window.inputs), window.rows) == (100, 1000)
    assert window.span == (START, START + timedelta(seconds=39))
    areas = [int(area) for area in window.inputs.area]
    # Oldest request first, its rows as before from the last to the first.
    assert [area // 25 for area in areas] == sorted(area // 25 for area in areas)

    def rank(area: int) -> str:
        name = f"p{area // 25:04}:{area % 25}"
        return hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()

    # The same rows on sqlite and PostgreSQL, spread over the requests.
    assert set(areas) == set(sorted(range(1000), key=rank)[:100])
    assert len({area // 25 for area in areas}) > 30
    again = read_window(engine, "homes", sample=100)
    pd.testing.assert_frame_equal(again.inputs, window.inputs)


def test_a_window_that_is_no_larger_than_its_sample_is_read_whole(engine: sa.Engine) -> None:
    insert_lines(engine, _many_rows(6, 5))
    whole = read_window(engine, "homes")
    for sample in (30, 1000):
        sampled = read_window(engine, "homes", sample=sample)
        pd.testing.assert_frame_equal(sampled.inputs, whole.inputs)
        assert sampled[1:] == whole[1:]


def test_the_sample_is_of_the_newest_rows_and_of_the_models_asked_for(engine: sa.Engine) -> None:
    entries = _many_rows(20, 10)
    for entry in entries[::2]:
        entry.digest = "e" * 64
    insert_lines(engine, entries)
    counts = count_by_digest(engine, "homes", START + timedelta(seconds=4), None, 100)
    assert counts == {"d" * 64: 50, "e" * 64: 50}
    window = read_window(engine, "homes", max_rows=100, digests=["e" * 64], sample=20)
    assert (len(window.inputs), window.rows) == (20, 50)
    assert set(window.inputs.index) == {"e" * 64}
    assert window.inputs.area.between(100, 189).all()
    assert window.span == (START + timedelta(seconds=10), START + timedelta(seconds=18))
    assert read_window(engine, "homes", digests=[]).rows == 0


def test_a_hash_in_one_part_leaves_the_column_out_of_all(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("homestead.prediction_log.read_window._ROWS_PER_PART", 7)
    entries = _many_rows(30, 1)
    entries[17].features = [[17.0, "5eb1"]]
    insert_lines(engine, entries)
    window = read_window(engine, "homes")
    assert window.inputs.to_dict("list") == {"area": [float(area) for area in range(30)]}
