"""Responses and refusals for the tests of each protocol."""

import json
from types import ModuleType
from typing import Any

import pytest

from homestead.serving.errors import RefusedError
from homestead.serving.protocols.base import PredictionResponse
from tests.homes import homes_contract

CLASSES = ("stayed", "left")


def encode(value: Any) -> bytes:
    """Return a request's body."""
    return json.dumps(value).encode()


def encoded(protocol: Any, answer: PredictionResponse) -> Any:
    """Return the JSON of a response's body."""
    return json.loads(protocol.encode_response(answer)[0])


def response(predictions: list[Any], **fields: Any) -> PredictionResponse:
    """Return the response of a regression of prices."""
    contract = homes_contract(derived={}, views=(), features=("area",))
    return PredictionResponse("p-1", None, contract, "3", "d" * 64, predictions, **fields)


def class_response(probabilities: list[list[float]], **fields: Any) -> PredictionResponse:
    """Return the response of a classification of ``CLASSES``."""
    found = response(probabilities, **fields)
    changes = {"task": "classification", "classes": CLASSES}
    found.contract = found.contract.model_copy(update=changes)
    return found


def assert_refused(protocol: ModuleType, content: bytes, message: str) -> None:
    """Assert that a request is the client's mistake, which the message names."""
    with pytest.raises(RefusedError) as error:
        protocol.decode_request(content)
    assert 400 <= error.value.status < 500
    assert message in str(error.value)
