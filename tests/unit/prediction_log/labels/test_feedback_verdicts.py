"""Verdicts on feedback: which messages count, and why others do not."""

import time

import pytest
import sqlalchemy as sa

from homestead.prediction_log.entries import FeedbackEntry
from homestead.prediction_log.insert_rows import insert_lines
from homestead.prediction_log.labels import feedback_verdicts
from homestead.prediction_log.labels.feedback_verdicts import GRACE_S, FeedbackJudge
from tests.factories import prediction_entry

NOW_S = time.time()


@pytest.fixture
def judge(engine: sa.Engine) -> FeedbackJudge:
    """Return a judge of a log with predictions of one and three rows, and a shadow."""
    shadow = prediction_entry("shadow", 1.0)
    shadow.shadow_of = "one"
    lines = [prediction_entry("one", 1.0), prediction_entry("three", 1.0, 2.0, 3.0), shadow]
    for name in ("retried", "again"):
        lines.append(prediction_entry(name, 1.0))
        lines[-1].request_id = "mine"
    lines[1].request_id = "my three"
    insert_lines(engine, lines)
    return FeedbackJudge(engine, "homes")


def send(
    engine: sa.Engine,
    name: str,
    prediction_id: str,
    *truth: float | str,
    reward: float | None = None,
    age_s: float = 0,
) -> None:
    """Log a message; names in the order of time."""
    entry = FeedbackEntry(name, "homes", NOW_S - age_s, prediction_id, list(truth), reward)
    assert insert_lines(engine, [entry]) == []


def verdicts(engine: sa.Engine) -> dict[str, str]:
    with engine.connect() as connection:
        statement = sa.text("SELECT feedback_id, verdict FROM feedback_verdicts")
        return dict(map(tuple, connection.execute(statement)))


def test_the_first_truth_of_a_prediction_counts(engine: sa.Engine, judge: FeedbackJudge) -> None:
    send(engine, "a", "one", 5.0)
    send(engine, "b", "one", 6.0)
    send(engine, "c", "one", 5.0)
    send(engine, "d", "three", 1.0, 2.0)
    judge.judge_page(NOW_S)
    expected = {"a": "accepted", "b": "contradiction", "c": "repeated", "d": "accepted"}
    assert verdicts(engine) == expected
    # So it stays when more arrives later.
    send(engine, "e", "one", 6.0)
    send(engine, "f", "my three", 1.0, 2.0, 3.0)
    send(engine, "g", "three", 1.0, 2.0, 4.0)
    judge.judge_page(NOW_S)
    later = {"e": "contradiction", "f": "accepted", "g": "contradiction"}
    assert verdicts(engine) == expected | later


def test_rewards_are_compared_with_rewards(engine: sa.Engine, judge: FeedbackJudge) -> None:
    send(engine, "a", "one", reward=1.0)
    send(engine, "b", "one", 5.0)
    send(engine, "c", "one", reward=0.0)
    send(engine, "d", "one", 5.0, reward=1.0)
    judge.judge_page(NOW_S)
    assert verdicts(engine) == {
        "a": "accepted",
        "b": "accepted",
        "c": "contradiction",
        "d": "repeated",
    }


def test_classes_are_truths_like_numbers(engine: sa.Engine, judge: FeedbackJudge) -> None:
    send(engine, "a", "one", "left")
    send(engine, "b", "one", "stayed")
    judge.judge_page(NOW_S)
    assert verdicts(engine) == {"a": "accepted", "b": "contradiction"}


def test_what_names_no_single_prediction_or_too_many_rows_does_not_count(
    engine: sa.Engine, judge: FeedbackJudge
) -> None:
    old_s = GRACE_S + 1
    send(engine, "a", "one", *[1.0] * 10_000, age_s=old_s)
    send(engine, "b", "nobody's", 1.0, age_s=old_s)
    send(engine, "c", "shadow", 1.0, age_s=old_s)
    send(engine, "d", "mine", 1.0, age_s=old_s)
    judge.judge_page(NOW_S)
    assert verdicts(engine) == {
        "a": "too_many_rows",
        "b": "unknown_prediction",
        "c": "unknown_prediction",
        "d": "ambiguous_prediction",
    }
    assert judge.summary(NOW_S) == {
        "accepted": 0,
        "repeated": 0,
        "contradiction": 0,
        "too_many_rows": 1,
        "unknown_prediction": 2,
        "ambiguous_prediction": 1,
    }


def test_a_prediction_may_arrive_after_its_feedback(
    engine: sa.Engine, judge: FeedbackJudge
) -> None:
    send(engine, "a", "late", 1.0, age_s=GRACE_S - 1)
    judge.judge_page(NOW_S)
    assert verdicts(engine) == {}
    insert_lines(engine, [prediction_entry("late", 1.0)])
    judge.judge_page(NOW_S)
    assert verdicts(engine) == {"a": "accepted"}


def test_waiting_messages_do_not_hold_up_those_behind_them(
    engine: sa.Engine, judge: FeedbackJudge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feedback_verdicts, "_PAGE_ROWS", 3)
    for number in range(5):
        send(engine, f"wait-{number}", "late", 1.0, age_s=10 - number)
    send(engine, "z", "three", 1.0, 2.0, 3.0)
    pages = 1
    while judge.judge_page(NOW_S):
        pages += 1
        assert pages < 6
    assert verdicts(engine) == {"z": "accepted"}
    assert pages > 1
