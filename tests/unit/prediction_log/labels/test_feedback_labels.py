"""Feedback and labels are one: what counts of either is the label of the prediction."""

import time

import pytest
import sqlalchemy as sa

from homestead.prediction_log.entries import FeedbackEntry
from homestead.prediction_log.insert_rows import insert_lines
from homestead.prediction_log.labels.feedback_verdicts import GRACE_S, FeedbackJudge
from homestead.prediction_log.labels.waiting import join_waiting
from tests.unit.prediction_log.labels.labelled_log import (
    add,
    aside,
    former,
    log,
    predicted,
    truths,
    verdicts,
)

NOW_S = time.time()


def send(engine: sa.Engine, name: str, prediction_id: str, *truth: float, age_s: float = 0) -> str:
    """Log feedback and judge it; return the verdict, or '' if there is none yet."""
    entry = FeedbackEntry(name, "flats", NOW_S - age_s, prediction_id, list(truth))
    assert insert_lines(engine, [entry]) == []
    FeedbackJudge(engine, "flats").judge_page(NOW_S)
    statement = sa.text("SELECT verdict FROM feedback_verdicts WHERE feedback_id = :name")
    with engine.connect() as connection:
        return str(connection.scalar(statement, {"name": name}) or "")


def test_feedback_that_counts_is_the_label_of_its_prediction(engine: sa.Engine) -> None:
    log(engine, predicted("a", rows=2), predicted("b", request_id="mine"))
    assert send(engine, "f1", "a", 1.0, 2.0) == "accepted"
    assert send(engine, "f2", "mine", 3.0) == "accepted"
    assert truths(engine) == {("a", 0): 1, ("a", 1): 2, ("b", 0): 3}


def test_a_label_corrects_feedback_and_feedback_corrects_nothing(engine: sa.Engine) -> None:
    log(engine, predicted("a"), predicted("b"))
    send(engine, "f1", "a", 1.0)
    row = {"prediction_id": "a", "rent": 2}
    assert verdicts(add(engine, row, received_at=NOW_S + 1)) == ["corrected"]
    assert former(engine) == [1]
    assert send(engine, "f2", "a", 1.0) == "contradiction"
    assert send(engine, "f3", "a", 2.0) == "repeated"
    add(engine, {"prediction_id": "b", "rent": 5})
    assert send(engine, "f4", "b", 6.0) == "contradiction"
    assert truths(engine) == {("a", 0): 2, ("b", 0): 5}


def test_feedback_on_an_unknown_prediction_waits_for_it(engine: sa.Engine) -> None:
    assert send(engine, "f1", "later", 1.0, 2.0, age_s=GRACE_S + 1) == "unknown_prediction"
    assert aside(engine) == {"unmatched": ["later", "later"]}
    log(engine, predicted("p", rows=2, request_id="later"))
    assert join_waiting(engine, "flats", NOW_S) == {"joined": 2}
    assert truths(engine) == {("p", 0): 1, ("p", 1): 2}
    assert aside(engine) == {}


def test_feedback_that_waited_contradicts_what_came_first(engine: sa.Engine) -> None:
    send(engine, "f1", "p", 1.0, age_s=GRACE_S + 1)
    log(engine, predicted("p"))
    add(engine, {"prediction_id": "p", "rent": 2})
    assert join_waiting(engine, "flats", NOW_S) == {"contradiction": 1}
    assert truths(engine) == {("p", 0): 2}
    assert aside(engine) == {"contradiction": ["p"]}


def test_what_a_server_of_an_earlier_version_accepted_becomes_a_label(engine: sa.Engine) -> None:
    log(engine, predicted("a"))
    send(engine, "f1", "a", 1.0)
    with engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM labels"))
    judge = FeedbackJudge(engine, "flats")
    judge.judge_page(NOW_S)
    assert truths(engine) == {("a", 0): 1}


@pytest.mark.parametrize("reward", [0.0, 1.0])
def test_a_reward_is_no_label(engine: sa.Engine, reward: float) -> None:
    log(engine, predicted("a"))
    insert_lines(engine, [FeedbackEntry("f", "flats", NOW_S, "a", [], reward)])
    FeedbackJudge(engine, "flats").judge_page(NOW_S)
    assert truths(engine) == {}
