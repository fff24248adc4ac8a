"""Joining labels: by every kind of name, corrections, and what fits no prediction."""

import sqlalchemy as sa

from tests.unit.prediction_log.labels.labelled_log import (
    DAY_S,
    NOW_S,
    add,
    aside,
    former,
    log,
    predicted,
    problem,
    truths,
    verdicts,
)


def at(offset_s: float) -> str:
    """Return a time as tables write it: so many seconds after the predictions."""
    from datetime import UTC, datetime

    return datetime.fromtimestamp(NOW_S + offset_s, UTC).isoformat()


def test_a_label_names_its_prediction_by_id_by_request_or_by_key_and_time(
    engine: sa.Engine,
) -> None:
    log(
        engine,
        predicted("a", rows=2, entities=["1", "2"]),
        predicted("b", request_id="mine", entities=["3"]),
        predicted("c", entities=["4"]),
    )
    added = add(
        engine,
        {"prediction_id": "a", "row": 1, "rent": 10},
        {"request_id": "mine", "rent": 20},
        {"id": 4, "day": at(3600), "rent": 30},
    )
    assert verdicts(added) == ["joined"] * 3
    assert truths(engine) == {("a", 1): 10, ("b", 0): 20, ("c", 0): 30}
    assert [(result.prediction_id, result.row) for result in added.results] == [
        ("a", 1),
        ("b", 0),
        ("c", 0),
    ]


def test_what_fits_no_prediction_is_kept_with_a_reason(engine: sa.Engine) -> None:
    shadow = predicted("shadow", shadow_of="a")
    other = predicted("other", problem="homes")
    twice = [predicted(name, request_id="again") for name in ("r1", "r2")]
    log(engine, predicted("a"), predicted("b", rows=2), shadow, other, *twice)
    added = add(
        engine,
        {"prediction_id": "nobody's", "rent": 1},
        {"prediction_id": "shadow", "rent": 1},
        {"prediction_id": "other", "rent": 1},
        {"prediction_id": "a", "row": 1, "rent": 1},
        {"prediction_id": "b", "rent": 1},
        {"request_id": "again", "rent": 1},
        {"prediction_id": "a", "rent": "dear"},
        {"rent": 1},
    )
    assert verdicts(added) == [
        *["unmatched"] * 3,
        "no_such_row",
        "ambiguous_row",
        "ambiguous",
        "bad_value",
        "bad_name",
    ]
    assert truths(engine) == {}
    assert all(result.reason for result in added.results)
    assert added.results[6].reason == "rent: found 'dear', allowed is a number"
    assert sum(map(len, aside(engine).values())) == 8
    assert (added.joined, added.waiting, added.quarantined) == (0, 3, 5)


def test_a_correction_supersedes_and_history_is_kept(engine: sa.Engine) -> None:
    log(engine, predicted("a"))
    add(engine, {"prediction_id": "a", "rent": 1})
    assert verdicts(add(engine, {"prediction_id": "a", "rent": 1})) == ["repeated"]
    assert verdicts(add(engine, {"prediction_id": "a", "rent": 2})) == ["corrected"]
    # Back again is a correction like any other.
    assert verdicts(add(engine, {"prediction_id": "a", "rent": 1})) == ["corrected"]
    assert truths(engine) == {("a", 0): 1}
    assert former(engine) == [1, 2]


def test_outcomes_out_of_order_count_by_the_time_when_they_were_known(engine: sa.Engine) -> None:
    log(engine, predicted("a"))
    add(engine, {"prediction_id": "a", "rent": 2, "labelled_at": at(200)})
    late = {"prediction_id": "a", "rent": 1, "labelled_at": at(100)}
    assert verdicts(add(engine, late)) == ["outdated"]
    assert truths(engine) == {("a", 0): 2}
    assert former(engine) == [1]
    add(engine, late)
    assert former(engine) == [1]
    assert verdicts(add(engine, {"prediction_id": "a", "rent": 3, "labelled_at": at(300)})) == [
        "corrected"
    ]
    # Nobody said when this one was known: what is received later counts.
    assert verdicts(add(engine, {"prediction_id": "a", "rent": 4})) == ["corrected"]
    assert truths(engine) == {("a", 0): 4}


def test_of_several_labels_in_one_file_the_last_counts(engine: sa.Engine) -> None:
    log(engine, predicted("a"))
    rows = [{"prediction_id": "a", "rent": rent} for rent in (1, 2, 1, 3)]
    # The first line says what the third one says.
    assert verdicts(add(engine, *rows, delivery="d")) == ["outdated", "outdated", "joined"]
    assert truths(engine) == {("a", 0): 3}
    assert former(engine) == [2, 1] or former(engine) == [1, 2]
    assert verdicts(add(engine, *rows, delivery="d"))[-1] == "repeated"
    assert len(former(engine)) == 2


def test_a_file_that_is_sent_again_takes_no_correction_back(engine: sa.Engine) -> None:
    log(engine, predicted("a"), predicted("b"))
    first = [{"prediction_id": "a", "rent": 1}, {"prediction_id": "b", "rent": 1}]
    add(engine, *first, delivery="first")
    add(engine, {"prediction_id": "a", "rent": 2}, delivery="second")
    again = add(engine, *first, delivery="first", received_at=NOW_S + 3 * DAY_S)
    assert verdicts(again) == ["repeated", "repeated"]
    assert truths(engine) == {("a", 0): 2, ("b", 0): 1}


def test_a_label_belongs_to_the_nearest_prediction_within_the_tolerance(engine: sa.Engine) -> None:
    hours = {"h0": 0, "h2": 7200, "h30": 108_000}
    log(engine, *(predicted(name, timestamp_s=NOW_S + s) for name, s in hours.items()))

    def label(offset_s: float, rent: float) -> dict[str, object]:
        return {"id": 7, "day": at(offset_s), "rent": rent}

    assert verdicts(add(engine, label(7000, 5), label(-90_000, 6))) == ["joined", "unmatched"]
    assert truths(engine) == {("h2", 0): 5}
    # Only earlier predictions, if the time is that of the outcome.
    of = problem(later_days=0)
    assert verdicts(add(engine, label(107_999, 7), of=of)) == ["unmatched"]
    assert verdicts(add(engine, label(108_000, 7), of=of)) == ["joined"]


def test_of_two_times_the_nearer_one_counts_and_the_other_waits_again(engine: sa.Engine) -> None:
    log(engine, predicted("a"))
    far, near = ({"id": 7, "day": at(s), "rent": rent} for s, rent in ((7200, 1), (60, 2)))
    assert verdicts(add(engine, far)) == ["joined"]
    assert verdicts(add(engine, near)) == ["nearer"]
    assert truths(engine) == {("a", 0): 2}
    assert aside(engine) == {"farther": ["7"]}
    assert verdicts(add(engine, far, near)) == ["farther", "repeated"]
    # An id is nearer than any time.
    assert verdicts(add(engine, {"prediction_id": "a", "rent": 3})) == ["nearer"]
    assert verdicts(add(engine, near)) == ["farther"]
    assert truths(engine) == {("a", 0): 3}


def test_a_label_that_is_mended_leaves_the_quarantine(engine: sa.Engine) -> None:
    add(engine, {"prediction_id": "a", "rent": 1})
    assert aside(engine) == {"unmatched": ["a"]}
    log(engine, predicted("a"))
    assert verdicts(add(engine, {"prediction_id": "a", "rent": 1})) == ["joined"]
    assert aside(engine) == {}
