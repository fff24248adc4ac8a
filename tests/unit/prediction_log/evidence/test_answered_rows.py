"""Reading answered rows: counts by model, and a sample that no time or value decides on."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from homestead.prediction_log.evidence.answered_rows import count_answers, read_answers
from homestead.prediction_log.insert_rows import insert_lines
from tests.factories import prediction_entry

NOW = datetime.fromtimestamp(1_700_000_000, UTC)
SINCE, UNTIL = NOW - timedelta(hours=1), NOW + timedelta(hours=1)


def test_rows_of_one_model_are_drawn_by_the_random_part_of_their_ids(engine: sa.Engine) -> None:
    entries = [
        prediction_entry(f"{number:013x}{(number * 7919) % 1009:020x}", float(number))
        for number in range(200)
    ]
    other = prediction_entry("other", 5.0, 6.0)
    other.digest, other.version = "e" * 64, "4"
    shadow = prediction_entry("shadow", 5.0)
    shadow.shadow_of = entries[0].id
    insert_lines(engine, [*entries, other, shadow])
    counts = count_answers(engine, "homes", SINCE, UNTIL)
    assert counts == {("3", "d" * 64): 200, ("4", "e" * 64): 2}
    frame = read_answers(engine, "homes", SINCE, UNTIL, digest="d" * 64, max_rows=50)
    assert len(frame) == 50
    areas = [features["area"] for features in frame["features"]]
    assert 60 < sum(areas) / 50 < 140  # neither the oldest nor the newest
    again = read_answers(engine, "homes", SINCE, UNTIL, digest="d" * 64, max_rows=50)
    assert frame.equals(again)
    empty = read_answers(engine, "homes", UNTIL, UNTIL, digest="d" * 64, max_rows=50)
    assert len(empty) == 0
    assert list(empty) == list(frame)
