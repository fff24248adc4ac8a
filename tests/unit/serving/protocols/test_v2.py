"""The Open Inference Protocol: inputs, outputs, and mistakes."""

import json
from typing import Any

import numpy as np
import pytest

from homestead.serving.errors import RefusedError
from homestead.serving.protocols import v2
from tests.protocol_cases import assert_refused, class_response, encode, encoded, response


def one_input(shape: Any, data: Any, **more: Any) -> bytes:
    tensor = {"name": "area", "datatype": "FP64", "shape": shape, "data": data, **more}
    return encode({"inputs": [tensor]})


def test_inputs_are_fields() -> None:
    inputs = [
        {"name": "area", "datatype": "FP64", "shape": [2], "data": [80, 90.5]},
        {"name": "kind", "datatype": "BYTES", "shape": [2, 1], "data": [["flat"], ["house"]]},
        {"name": "lift", "datatype": "BOOL", "shape": [2], "data": [True, None]},
    ]
    request = v2.decode_request(encode({"id": "mine", "inputs": inputs}))
    assert request.rows == [
        {"area": 80, "kind": "flat", "lift": True},
        {"area": 90.5, "kind": "house", "lift": None},
    ]
    assert request.request_id == "mine"


def test_a_single_input_named_x_is_a_matrix() -> None:
    matrix = {"name": "X", "datatype": "FP64", "shape": [2, 2], "data": [1, 2, 3, 4]}
    assert v2.decode_request(encode({"inputs": [matrix]})).matrix == [[1, 2], [3, 4]]


def test_a_single_input_of_several_columns_is_the_matrix_under_any_name() -> None:
    assert v2.decode_request(one_input([2, 2], [1, 2, 3, 4])).matrix == [[1, 2], [3, 4]]
    assert v2.decode_request(one_input([2, 1], [1, 2])).rows == [{"area": 1}, {"area": 2}]


def test_other_keys_of_the_envelope_are_ignored() -> None:
    # As KServe's client and Triton's send them.
    content = {**json.loads(one_input([1], [1], other=1)), "model_name": "homes", "timeout": 5}
    content["outputs"] = [{"name": "predict", "datatype": "FP64"}]
    assert v2.decode_request(encode(content)).rows == [{"area": 1}]


def binary_request(values: bytes, length: int | None = None, **tensor: Any) -> Any:
    """Return a decoded request with one binary tensor; ``length`` is the header's."""
    content = {"name": "area", "datatype": "FP64", "shape": [2], **tensor}
    content["parameters"] = {"binary_data_size": 16, **tensor.get("parameters", {})}
    body = encode({"inputs": [content]})
    header = str(len(body) if length is None else length).encode()
    return v2.decode_request(body + values, {b"inference-header-content-length": header}.get)


def test_values_may_follow_the_json() -> None:
    values = np.array([80.5, np.nan]).tobytes()
    assert binary_request(values).rows == [{"area": 80.5}, {"area": None}]


@pytest.mark.parametrize(
    ("values", "length", "message"),
    [
        (b"", None, "area: binary_data_size: found 16, allowed are the 0 bytes left"),
        (b"8" * 17, None, "found 1 bytes after those of the inputs"),
        (b"8" * 16, 0, "Inference-Header-Content-Length: found '0', allowed is 1 to"),
        (b"8" * 16, 10**6, "Inference-Header-Content-Length: found '1000000', allowed is 1 to"),
        (b"8" * 16, -5, "Inference-Header-Content-Length: found '-5'"),
    ],
)
def test_sizes_that_do_not_fit_are_refused(values: bytes, length: int | None, message: str) -> None:
    with pytest.raises(RefusedError) as error:
        binary_request(values, length)
    assert error.value.status == 400
    assert message in str(error.value)


def test_without_the_header_the_whole_body_is_json() -> None:
    with pytest.raises(RefusedError, match="Inference-Header-Content-Length"):
        v2.decode_request(one_input([2], None, parameters={"binary_data_size": 16}))


def test_parameters_can_ask_for_contributions() -> None:
    content = {**json.loads(one_input([1], [1])), "parameters": {"explain": True}}
    assert v2.decode_request(encode(content)).explain


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"inputs": []}', "at least one"),
        (b'{"inputs": [5]}', "inputs[0]"),
        (b'{"id": 5, "inputs": []}', "id: found 5"),
        (encode({"id": "x" * 201, "inputs": []}), "up to 200"),
        (encode({"parameters": {"explain": 1}}), "parameters.explain: found 1"),
        (encode({"outputs": [{"name": "p"}], "inputs": []}), "outputs[0]: found 'p'"),
        (one_input([2, 2, 1], [1, 2, 3, 4]), "a matrix of the model's inputs, [n, features]"),
        (
            encode({"inputs": json.loads(one_input([1, 2], [1, 2]))["inputs"] * 2}),
            "area: found shape [1, 2], allowed are [n] and [n, 1] for a field; a matrix",
        ),
        (
            encode({"inputs": json.loads(one_input([1], [1]))["inputs"] * 2}),
            "inputs: area is given twice",
        ),
        (
            encode(
                {
                    "inputs": [
                        {"name": "a", "datatype": "FP64", "shape": [1], "data": [1]},
                        {"name": "b", "datatype": "FP64", "shape": [2], "data": [1, 2]},
                    ]
                }
            ),
            "inputs: found [1, 2] rows",
        ),
    ],
)
def test_a_request_that_breaks_the_protocol_is_refused(content: bytes, message: str) -> None:
    assert_refused(v2, content, message)


def test_the_response_of_a_regression() -> None:
    content = encoded(v2, response([1.5, 2.5]))
    assert content == {
        "id": "p-1",
        "model_name": "homes",
        "model_version": "3",
        "parameters": {"prediction_id": "p-1", "digest": "d" * 64},
        "outputs": [{"name": "predict", "datatype": "FP64", "shape": [2], "data": [1.5, 2.5]}],
    }


def test_the_clients_own_id_comes_back() -> None:
    answer = response([1.5])
    answer.request_id = "mine"
    assert encoded(v2, answer)["id"] == "mine"


def test_the_response_of_a_classification_has_labels_and_probabilities() -> None:
    content = encoded(v2, class_response([[0.25, 0.75], [0.9, 0.1]]))
    outputs = {output["name"]: output for output in content["outputs"]}
    assert outputs["predict"]["data"] == ["left", "stayed"]
    assert outputs["probabilities"]["shape"] == [2, 2]


def test_contributions_are_an_output_and_stale_views_a_parameter() -> None:
    answer = response(
        [1.5],
        contributions=np.array([[1.0, 0.5]]),
        stale_views={"b", "a"},
        unavailable_views={"d", "c"},
    )
    content = encoded(v2, answer)
    assert content["parameters"]["contributions"] == "area,base"
    assert content["parameters"]["stale_features"] == "a,b"
    assert content["parameters"]["unavailable_features"] == "c,d"
    contributions = {
        "name": "contributions",
        "datatype": "FP64",
        "shape": [1, 2],
        "data": [1.0, 0.5],
    }
    assert content["outputs"][1] == contributions
    answer.requested_outputs = ("contributions",)
    assert encoded(v2, answer)["outputs"] == [contributions]


def test_an_error_is_one_key() -> None:
    assert json.loads(v2.encode_error(400, "type", "no")) == {"error": "no"}
