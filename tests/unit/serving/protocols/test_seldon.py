"""The Seldon protocol: forms of requests and responses, and mistakes."""

import json
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest

from homestead.serving.protocols import seldon
from tests.protocol_cases import CLASSES, assert_refused, class_response, encode, encoded, response

TENSOR = {"shape": [2, 2], "values": [80, "flat", 90, None]}


@pytest.mark.parametrize(
    "data",
    [
        {"data": {"names": ["area", "kind"], "ndarray": [[80, "flat"], [90, None]]}},
        {"data": {"names": ["area", "kind"], "tensor": TENSOR}},
        {"jsonData": [{"area": 80, "kind": "flat"}, {"area": 90, "kind": None}]},
    ],
)
def test_all_forms_with_names_give_the_same_rows(data: dict[str, Any]) -> None:
    request = seldon.decode_request(encode({**data, "meta": {"puid": "mine"}}))
    assert request.rows == [{"area": 80, "kind": "flat"}, {"area": 90, "kind": None}]
    assert request.request_id == "mine"


def test_json_may_be_in_a_forms_field_as_seldons_client_sends_it() -> None:
    text = '{"jsonData": {"plan": "a+b & c", "months": 3}}'
    as_form = urlencode({"json": text}).encode()
    assert seldon.decode_request(as_form) == seldon.decode_request(text.encode())


def test_data_without_names_is_a_matrix() -> None:
    assert seldon.decode_request(b'{"data": {"ndarray": [[1, 2]]}}').matrix == [[1, 2]]


def test_one_object_is_one_row() -> None:
    assert seldon.decode_request(b'{"jsonData": {"area": 80}}').rows == [{"area": 80}]


def test_tags_can_ask_for_contributions() -> None:
    content = {"jsonData": {}, "meta": {"tags": {"explain": True}}}
    assert seldon.decode_request(encode(content)).explain


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{}", "either data or jsonData"),
        (b'{"data": {}, "jsonData": {}}', "either data or jsonData"),
        (b'{"datum": {}}', "give either data or jsonData"),
        (b'{"data": {"ndarray": 1}}', "data.ndarray"),
        (b'{"data": {"names": ["a", "a"], "ndarray": [[1, 2]]}}', "'a' is given twice"),
        (b'{"data": {"names": ["a"], "ndarray": [[1, 2]]}}', "row 0: found 2"),
        (b'{"data": {"tensor": {"shape": [2, 2], "values": [1]}}}', "data.tensor"),
        (b'{"meta": {"puid": "a\\u0000b"}, "jsonData": {}}', "meta.puid"),
        (encode({"meta": {"tags": {"explain": "yes"}}}), "explain: found 'yes'"),
    ],
)
def test_a_request_that_breaks_the_protocol_is_refused(content: bytes, message: str) -> None:
    assert_refused(seldon, content, message)


def test_the_response_of_a_regression() -> None:
    content = encoded(seldon, response([1.5, 2.5]))
    assert content["data"] == {"names": ["price"], "ndarray": [[1.5], [2.5]]}
    tags = {"prediction_id": "p-1", "model_version": "3", "digest": "d" * 64}
    assert content["meta"] == {"puid": "p-1", "tags": tags}


def test_the_response_of_a_classification_has_labels_and_probabilities() -> None:
    content = encoded(seldon, class_response([[0.25, 0.75], [0.9, 0.1]]))
    assert content["data"]["names"] == list(CLASSES)
    assert content["data"]["ndarray"] == [[0.25, 0.75], [0.9, 0.1]]
    assert content["meta"]["tags"]["labels"] == ["left", "stayed"]


def test_contributions_and_stale_views_are_tags() -> None:
    with_tags = response([1.5], contributions=np.array([[1.0, 0.5]]), stale_views={"b", "a"})
    tags = encoded(seldon, with_tags)["meta"]["tags"]
    assert tags["contributions"] == {"names": ["area", "base"], "values": [[1.0, 0.5]]}
    assert tags["stale_features"] == ["a", "b"]


def test_a_tensor_is_answered_by_a_tensor() -> None:
    request = encode({"data": {"tensor": {"shape": [1, 1], "values": [1]}}})
    form = seldon.decode_request(request).response_form
    answer = class_response([[0.25, 0.75], [0.9, 0.1]], response_form=form)
    data = encoded(seldon, answer)["data"]
    assert data["tensor"] == {"shape": [2, 2], "values": [0.25, 0.75, 0.9, 0.1]}


def test_an_error_has_seldons_form() -> None:
    status = json.loads(seldon.encode_error(404, "entity", "no"))["status"]
    assert status == {"code": 404, "info": "no", "reason": "entity", "status": "FAILURE"}
