"""Labels that come before their predictions: kept, counted, and joined later."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from homestead.prediction_log.labels import waiting
from homestead.prediction_log.labels.read_labelled import label_counts
from homestead.prediction_log.labels.waiting import WaitingLabels, join_waiting
from tests.unit.prediction_log.labels.labelled_log import (
    DAY_S,
    NOW_S,
    add,
    aside,
    log,
    predicted,
    problem,
    truths,
)

DAY = datetime.fromtimestamp(NOW_S, UTC).isoformat()
LATER = datetime.fromtimestamp(NOW_S + 2 * DAY_S, UTC)


def test_a_label_that_comes_before_its_prediction_is_joined_later(engine: sa.Engine) -> None:
    rows = [
        {"prediction_id": "a", "rent": 1},
        {"request_id": "mine", "rent": 2},
        {"id": 9, "day": DAY, "rent": 3},
        {"prediction_id": "never", "rent": 4},
    ]
    added = add(engine, *rows)
    assert (added.joined, added.waiting, added.quarantined) == (0, 4, 0)
    assert label_counts(engine, problem(), now=LATER).waiting == 4
    assert join_waiting(engine, "flats", LATER.timestamp()) == {}
    log(engine, predicted("a"), predicted("b", request_id="mine"), predicted("c", entities=["9"]))
    assert join_waiting(engine, "flats", LATER.timestamp()) == {"joined": 3}
    assert truths(engine) == {("a", 0): 1, ("b", 0): 2, ("c", 0): 3}
    counts = label_counts(engine, problem(), now=LATER)
    assert (counts.predictions, counts.labelled, counts.waiting, counts.quarantined) == (3, 3, 1, 0)
    assert aside(engine) == {"unmatched": ["never"]}


def test_a_label_waits_as_long_as_the_problem_says(engine: sa.Engine) -> None:
    add(engine, {"prediction_id": "a", "rent": 1}, of=problem(wait_days=1))
    log(engine, predicted("a"))
    assert label_counts(engine, problem(), now=LATER).quarantined == 1
    assert join_waiting(engine, "flats", NOW_S + 2 * DAY_S) == {}
    assert join_waiting(engine, "flats", NOW_S + 2 * DAY_S - 1) == {"joined": 1}


def test_what_waited_yields_to_what_was_received_since(engine: sa.Engine) -> None:
    add(engine, {"prediction_id": "a", "rent": 1})
    log(engine, predicted("a"))
    add(engine, {"prediction_id": "a", "rent": 2}, received_at=NOW_S + 1.5 * DAY_S)
    assert join_waiting(engine, "flats", LATER.timestamp()) == {"outdated": 1}
    assert truths(engine) == {("a", 0): 2}
    assert aside(engine) == {}


def test_a_key_finds_a_nearer_prediction_later(engine: sa.Engine) -> None:
    log(engine, predicted("early", timestamp_s=NOW_S - 0.5 * DAY_S))
    label = {"id": 7, "day": DAY, "rent": 1}
    nearer = {
        "id": 7,
        "day": datetime.fromtimestamp(NOW_S - 0.5 * DAY_S, UTC).isoformat(),
        "rent": 2,
    }
    add(engine, label)
    add(engine, nearer)
    assert truths(engine) == {("early", 0): 2}
    log(engine, predicted("now"))
    assert join_waiting(engine, "flats", LATER.timestamp()) == {"joined": 1}
    assert truths(engine) == {("early", 0): 2, ("now", 0): 1}


def test_pages_reach_every_label(engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "_PAGE_ROWS", 4)
    names = [f"p{number}" for number in range(10)]
    add(engine, *({"prediction_id": name, "rent": 1} for name in names))
    log(engine, *map(predicted, names))
    labels = WaitingLabels(engine, "flats")
    pages = [labels.join_page(LATER.timestamp())[0].total() for _ in range(4)]
    assert sum(pages) == 10
    assert max(pages) == 4
