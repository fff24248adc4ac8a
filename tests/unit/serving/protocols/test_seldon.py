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


BATCH_META = {
    "puid": "mine",
    "tags": {"batch_id": "b-1", "batch_index": 7, "n": 10**30, "digest": "forged"},
    "requestPath": {"transformer": "image:1"},
}


def answered(meta: dict[str, Any], form: str = "ndarray") -> dict[str, Any]:
    """Return the response to a request with this ``meta``: two rows of a classification."""
    request = seldon.decode_request(encode({"jsonData": {}, "meta": meta}))
    answer = class_response([[0.25, 0.75], [0.9, 0.1]])
    answer.request_id, answer.response_form = request.request_id, form
    answer.returned_meta = request.returned_meta
    content: dict[str, Any] = encoded(seldon, answer)
    return content


def test_tags_and_request_path_come_back_and_ours_win() -> None:
    meta = answered(BATCH_META)["meta"]
    assert meta["puid"] == "mine"
    assert (meta["tags"]["batch_id"], meta["tags"]["batch_index"]) == ("b-1", 7)
    assert meta["tags"]["n"] == 10**30
    assert meta["tags"]["digest"] == "d" * 64
    assert meta["tags"]["labels"] == ["left", "stayed"]
    assert meta["requestPath"] == {"transformer": "image:1"}


def test_the_rows_of_a_micro_batch_hold_their_own_labels() -> None:
    micro_batch = {"tags": {"batch_id": "b-1"}}
    content = answered(micro_batch)
    assert content["data"]["names"] == [*CLASSES, "label"]
    assert content["data"]["ndarray"] == [[0.25, 0.75, "left"], [0.9, 0.1, "stayed"]]
    assert "labels" not in content["meta"]["tags"]
    # A tensor holds numbers only: the label is the name of the highest one.
    content = answered(micro_batch, "tensor")
    assert content["data"]["names"] == list(CLASSES)
    assert content["data"]["tensor"]["shape"] == [2, 2]


@pytest.mark.parametrize(
    ("meta", "message"),
    [
        ({"tags": []}, None),
        ({"tags": [1]}, "meta.tags: found [1], allowed is an object"),
        ({"requestPath": "a"}, "meta.requestPath: found 'a', allowed is an object"),
    ],
)
def test_meta_of_another_shape_is_refused(meta: dict[str, Any], message: str | None) -> None:
    content = encode({"jsonData": {}, "meta": meta})
    if message is None:
        assert seldon.decode_request(content).returned_meta is None
    else:
        assert_refused(seldon, content, message)
