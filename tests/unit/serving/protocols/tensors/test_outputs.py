"""Outputs that a client asks for, in JSON or in binary."""

import json
from typing import Any

import numpy as np
import pytest

from homestead.serving.errors import RefusedError
from homestead.serving.protocols import v2
from homestead.serving.protocols.tensors.outputs import parse_requested_outputs
from tests.protocol_cases import class_response, response

ALL = ("predict", "probabilities", "contributions", "interval")


def test_an_output_that_there_is_not_is_refused() -> None:
    for name, hint in (("probabilities", "this model's are predict"), ("contributions", "explain")):
        with pytest.raises(RefusedError, match=f"outputs: found {name}.*{hint}") as error:
            v2.encode_response(response([1.5], requested_outputs=(name,)))
        assert error.value.status == 400


def test_outputs_may_be_binary() -> None:
    answer = class_response([[0.25, 0.75], [0.9, 0.1]], binary_outputs=("predict", "probabilities"))
    body, headers = v2.encode_response(answer)
    length = int(headers.split(b"inference-header-content-length: ")[1])
    assert b"content-type: application/octet-stream\r\n" in headers
    predict, probabilities = json.loads(body[:length])["outputs"]
    assert predict["parameters"] == {"binary_data_size": 18}
    assert "data" not in predict
    assert body[length:][:18] == b"\4\0\0\0left\6\0\0\0stayed"
    assert probabilities["parameters"] == {"binary_data_size": 32}
    assert np.frombuffer(body[length + 18 :], "<f8").tolist() == [0.25, 0.75, 0.9, 0.1]


@pytest.mark.parametrize(
    ("is_binary", "outputs", "names", "binary"),
    [
        (False, None, (), ()),
        (True, None, (), ALL),
        (True, [], (), ALL),
        (True, [{"name": "predict"}], ("predict",), ("predict",)),
        (
            False,
            [{"name": "predict", "parameters": {"binary_data": True}}],
            ("predict",),
            ("predict",),
        ),
        (True, [{"name": "predict", "parameters": {"binary_data": False}}], ("predict",), ()),
    ],
)
def test_a_client_says_which_outputs_are_binary(
    is_binary: bool, outputs: Any, names: tuple[str, ...], binary: tuple[str, ...]
) -> None:
    assert parse_requested_outputs(outputs, is_binary) == (names, binary)


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        ({}, "outputs: allowed is a list"),
        (["predict"], "outputs[0]: allowed is an object"),
        ([{"name": ["predict"]}], "outputs[0]: found ['predict'], allowed are predict"),
        ([{"name": "predict", "parameters": 1}], "outputs[0].parameters: allowed is an object"),
        (
            [{"name": "predict", "parameters": {"binary_data": 1}}],
            "outputs[0].parameters.binary_data: found 1, allowed are true, false",
        ),
    ],
)
def test_outputs_that_break_the_protocol_are_refused(outputs: Any, message: str) -> None:
    with pytest.raises(RefusedError) as error:
        parse_requested_outputs(outputs, is_binary=False)
    assert message in str(error.value)
