"""Outcomes: which row each belongs to, and how the two ports get them."""

from typing import Any

import msgspec
import numpy as np
import pandas as pd
import pytest

from homestead.client.errors import InvalidRequestError
from homestead.client.exchange import RetryPolicy, Steps
from homestead.client.labels import Label, labels_of, send_as_feedback, send_to_port
from homestead.client.results import Prediction, Predictions
from homestead.serving.labels.application import decode_rows
from tests.unit.client.test_exchange import response


def prediction(row: int, prediction_id: str = "p-1") -> Prediction:
    return Prediction(80.5, prediction_id, row, "3", "d")


ROWS = [prediction(0), prediction(1)]
EXPECTED = [Label("p-1", 0, 1.5), Label("p-1", 1, 2.5)]


@pytest.mark.parametrize(
    ("of", "truth"),
    [
        (Predictions(ROWS), [1.5, 2.5]),
        (ROWS, np.array([1.5, 2.5])),
        (pd.DataFrame({"prediction_id": ["p-1"] * 2, "row": [0, 1]}), pd.Series([1.5, 2.5])),
    ],
)
def test_each_outcome_has_its_row(of: Any, truth: Any) -> None:
    labels = labels_of(of, truth)
    assert labels == EXPECTED
    msgspec.json.encode(labels)


def test_a_single_prediction_or_its_id_has_a_single_outcome() -> None:
    assert labels_of(prediction(4), np.int64(7)) == [Label("p-1", 4, 7)]
    assert labels_of("p-1", "left") == [Label("p-1", 0, "left")]
    with pytest.raises(InvalidRequestError, match="found 1 outcomes, allowed are 2"):
        labels_of(ROWS, [1.5])


def sent(steps: Steps[Any], *answers: Any) -> tuple[list[Any], Any]:
    """Return the calls of steps and their result."""
    calls = [next(steps)]
    for answer in answers:
        try:
            calls.append(steps.send(response(200, answer)))
        except StopIteration as end:
            return calls, end.value
    raise AssertionError("more calls than answers")


def test_the_port_of_labels_takes_what_is_sent_and_answers_by_row() -> None:
    statuses = ["joined", "quarantined"]
    answer = {"labels": [{"status": status, "reason": "r"} for status in statuses]}
    steps = send_to_port(EXPECTED, "http://labels", "secret", "price", RetryPolicy(0))
    (call,), results = sent(steps, answer)
    assert (call.url, call.token) == ("http://labels/labels", "secret")
    assert decode_rows(call.content) == [
        {"prediction_id": "p-1", "row": 0, "price": 1.5},
        {"prediction_id": "p-1", "row": 1, "price": 2.5},
    ]
    assert [result.status for result in results] == statuses


def test_feedback_is_one_message_for_each_prediction() -> None:
    labels = [EXPECTED[1], Label("p-2", 0, "left"), EXPECTED[0]]
    steps = send_as_feedback(labels, "http://homes", None, RetryPolicy(0))
    calls, results = sent(steps, {}, {})
    bodies = [msgspec.json.decode(call.content) for call in calls]
    assert [body["truth"]["data"]["ndarray"] for body in bodies] == [[[1.5], [2.5]], [["left"]]]
    ids = [body["response"]["meta"]["tags"]["prediction_id"] for body in bodies]
    assert ids == ["p-1", "p-2"]
    assert {result.status for result in results} == {"sent"}


def test_feedback_cannot_leave_out_a_row() -> None:
    steps = send_as_feedback([EXPECTED[1]], "http://homes", None, RetryPolicy(0))
    with pytest.raises(InvalidRequestError, match=r"outcomes of the rows \[1\], allowed are"):
        next(steps)
