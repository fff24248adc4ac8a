"""Reading a window: columns, order, limits, and what is left out."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from homestead.prediction_log.insert_rows import insert_lines
from homestead.prediction_log.read_window import read_window
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
    assert window.span is None
