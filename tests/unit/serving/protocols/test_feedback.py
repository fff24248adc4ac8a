"""Feedback messages: which prediction they name, and mistakes."""

from typing import Any

import pytest

from homestead.serving.errors import RefusedError
from homestead.serving.protocols.feedback import decode_feedback, schemas
from homestead.serving.request_limits import MAX_ROWS
from tests.homes import homes_contract
from tests.protocol_cases import CLASSES, encode

PRICES = homes_contract()
LABELS = homes_contract(task="classification", classes=CLASSES)
NAMED = {"response": {"meta": {"puid": "mine"}}}


def truth(*values: Any) -> dict[str, Any]:
    return {"data": {"ndarray": [[value] for value in values]}}


@pytest.mark.parametrize(
    ("message", "prediction_id"),
    [
        ({"response": {"meta": {"puid": "mine", "tags": {"prediction_id": "p-1"}}}}, "p-1"),
        ({"response": {"meta": {"puid": "mine"}}}, "mine"),
        ({"request": {"meta": {"puid": "mine"}}}, "mine"),
        (
            {"request": {"meta": {"puid": "mine"}}, "response": {"meta": {"puid": "other"}}},
            "other",
        ),
    ],
)
def test_the_response_names_the_prediction_or_else_the_request(
    message: dict[str, Any], prediction_id: str
) -> None:
    feedback = decode_feedback(encode({**message, "reward": 1}), PRICES)
    assert (feedback.prediction_id, feedback.reward, feedback.truth) == (prediction_id, 1.0, [])


def test_a_message_may_name_no_prediction_and_hold_a_reward_of_zero() -> None:
    # As Seldon's clients send it: they leave out a zero, as protobuf does.
    feedback = decode_feedback(encode({"response": {"data": {"ndarray": [[1]]}}}), PRICES)
    assert (feedback.prediction_id, feedback.reward, feedback.truth) == (None, 0.0, [])


def test_truth_is_a_value_or_a_class_of_each_row() -> None:
    assert decode_feedback(encode({**NAMED, "truth": truth(1, 2.5)}), PRICES).truth == [1.0, 2.5]
    labels = decode_feedback(encode({**NAMED, "truth": truth("left", "stayed")}), LABELS)
    assert labels.truth == ["left", "stayed"]


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({**NAMED, "reward": "good"}, "reward: found 'good', allowed is a number"),
        ({**NAMED, "reward": 10**400}, "reward: found 1000"),
        ({**NAMED, "truth": 5}, "truth: allowed is an object"),
        ({**NAMED, "truth": {"data": 5}}, "truth.data: allowed is an object"),
        ({**NAMED, "truth": truth(1, "x")}, "truth: row 1: found 'x', allowed is a number"),
        ({**NAMED, "truth": truth(True)}, "truth: row 0: found true, allowed is a number"),
        ({"response": 5}, "response: allowed is an object"),
    ],
)
def test_a_message_that_breaks_the_protocol_is_refused(
    message: dict[str, Any], expected: str
) -> None:
    with pytest.raises(RefusedError) as error:
        decode_feedback(encode(message), PRICES)
    assert error.value.status == 400
    assert expected in str(error.value)


def test_an_unknown_class_is_refused() -> None:
    with pytest.raises(RefusedError, match="row 0: found 'gone', allowed are stayed, left"):
        decode_feedback(encode({**NAMED, "truth": truth("gone")}), LABELS)


def test_too_many_values_are_refused() -> None:
    values = [1] * (MAX_ROWS + 1)
    with pytest.raises(RefusedError, match="found 10001 values, allowed are 10000") as error:
        decode_feedback(encode({**NAMED, "truth": truth(*values)}), PRICES)
    assert error.value.status == 413


@pytest.mark.parametrize("contract", [PRICES, LABELS])
def test_the_documented_example_is_accepted(contract: Any) -> None:
    assert decode_feedback(encode(schemas(contract).example), contract).truth
