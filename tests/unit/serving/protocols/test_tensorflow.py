"""TensorFlow Serving's REST API: rows, columns and matrices, and mistakes."""

import numpy as np
import pytest

from homestead.serving.protocols import tensorflow
from homestead.serving.protocols.base import PageKind
from tests.protocol_cases import assert_refused, encode, encoded, response


def test_instances_are_rows_and_inputs_are_columns() -> None:
    rows = [{"area": 80, "kind": "flat"}, {"area": 90, "kind": None}]
    assert tensorflow.decode_request(encode({"instances": rows})).rows == rows
    columns = {"area": [80, 90], "kind": ["flat", None]}
    request = tensorflow.decode_request(encode({"inputs": columns}))
    assert (request.rows, request.response_form) == (rows, "columns")


def test_lists_of_values_are_a_matrix() -> None:
    assert tensorflow.decode_request(encode({"instances": [[1, 2]]})).matrix == [[1, 2]]
    request = tensorflow.decode_request(encode({"inputs": [[1, 2]]}))
    assert (request.matrix, request.response_form) == ([[1, 2]], "columns")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{}", "either instances or inputs"),
        (b'{"instances": [], "inputs": []}', "either instances or inputs"),
        (b'{"instances": 5}', "instances: allowed is"),
        (b'{"instances": [], "signature_name": "f"}', "signature_name: found 'f'"),
        (b'{"inputs": {"a": 5}}', "inputs.a: allowed is a list"),
        (b'{"inputs": {"a": [1], "b": [1, 2]}}', "found [1, 2] rows"),
        (b'{"inputs": {}}', "inputs: allowed is"),
    ],
)
def test_a_request_that_breaks_the_protocol_is_refused(content: bytes, message: str) -> None:
    assert_refused(tensorflow, content, message)


def test_other_keys_of_the_envelope_are_ignored() -> None:
    body = encode({"instances": [{"area": 80}], "signature_name": None, "user": "me"})
    assert tensorflow.decode_request(body).rows == [{"area": 80}]


def test_not_a_number_is_missing_and_infinity_is_named() -> None:
    body = b'{"instances": [{"area": NaN, "rooms": -Infinity}]}'
    assert tensorflow.decode_request(body).rows == [{"area": None, "rooms": "-Infinity"}]


def test_the_status_is_that_of_tensorflow_and_of_kserve() -> None:
    status = tensorflow.page_content(PageKind.STATUS, response([]).contract, "3")
    assert (status["name"], status["ready"]) == ("homes", True)
    assert status["model_version_status"][0]["state"] == "AVAILABLE"
    models = tensorflow.page_content(PageKind.MODELS, response([]).contract, "3")
    assert models == {"models": ["homes"]}


def test_the_response_has_the_form_of_the_request() -> None:
    answer = response([1.5, 2.5])
    assert encoded(tensorflow, answer)["predictions"] == [1.5, 2.5]
    answer.response_form = "columns"
    assert encoded(tensorflow, answer)["outputs"] == [1.5, 2.5]


def test_contributions_come_beside_the_predictions() -> None:
    answer = response([1.5, 2.5], contributions=np.array([[1.0, 0.5], [2.0, 0.5]]))
    rows = encoded(tensorflow, answer)["predictions"]
    assert rows[1] == {"predict": 2.5, "contributions": [2.0, 0.5]}
    answer.response_form = "columns"
    columns = encoded(tensorflow, answer)["outputs"]
    assert columns == {"predict": [1.5, 2.5], "contributions": [[1.0, 0.5], [2.0, 0.5]]}


def test_metadata_names_stale_views() -> None:
    answer = response([1.5], stale_views={"b", "a"})
    metadata = encoded(tensorflow, answer)["metadata"]
    assert metadata["stale_features"] == ["a", "b"]
