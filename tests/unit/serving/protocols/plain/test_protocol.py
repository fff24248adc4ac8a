"""Plain rows: what is decoded, what is refused, and the response in the form of the request."""

import json
from typing import Any, cast

import numpy as np
import pytest

from homestead.serving.protocols.plain import protocol
from tests.protocol_cases import assert_refused, class_response, encode, encoded, response

IDS = {"prediction_id": "p-1", "model_version": "3", "digest": "d" * 64}


@pytest.mark.parametrize(
    ("content", "rows", "form"),
    [
        ({"id": 7129300520}, [{"id": 7129300520}], "row"),
        ({}, [{}], "row"),
        ([{"id": 1}, {"id": 2}], [{"id": 1}, {"id": 2}], "rows"),
        ([], [], "rows"),
        (
            {"id": [1, 2], "view": [None, 4]},
            [{"id": 1, "view": None}, {"id": 2, "view": 4}],
            "columns",
        ),
    ],
)
def test_a_row_a_list_and_columns(content: Any, rows: list[Any], form: str) -> None:
    request = protocol.decode_request(encode(content))
    assert (request.rows, request.matrix, request.response_form) == (rows, None, form)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (7, "the body is 7, allowed are a row"),
        ("seven", "allowed are a row, which is an object of fields, or a list of rows"),
        ({"id": [1], "view": 4}, "view: found 4, allowed is a list of values"),
        ({"id": [1], "view": [4, 5]}, "columns: found [1, 2] rows"),
        ({"id": {"$gt": 1}}, "id: found an object, allowed is a list of values"),
        ({"inputs": [{"name": "X"}]}, "answered at /v2/models/<name>/infer"),
        ({"instances": [{"id": 1}]}, "answered at /v1/models/<name>:predict"),
        ({"dataframe_split": {"data": []}}, "answered at /invocations"),
    ],
)
def test_other_bodies_are_refused_by_name(content: Any, message: str) -> None:
    assert_refused(cast(Any, protocol), encode(content), message)


@pytest.mark.parametrize("body", [b'[{"a": 1, "a": 2}]', b'{"a": 1, "a": 2}'])
def test_a_field_given_twice_is_refused_in_a_list_too(body: bytes) -> None:
    assert_refused(cast(Any, protocol), body, "'a' is given twice")


def test_text_with_colons_is_no_second_key() -> None:
    row = {"at": "2015-05-27T10:00:00", "b": "::"}
    assert protocol.decode_request(encode([row, row])).rows == [row, row]


def test_the_response_to_a_row_is_one_object() -> None:
    answer = response([221900.5], response_form="row")
    answer.request_id = "mine"
    assert encoded(protocol, answer) == {"prediction": 221900.5, **IDS, "request_id": "mine"}


def test_the_response_to_a_list_says_of_each_row_what_a_single_one_gets() -> None:
    bounds = np.array([[1.0, 3.0], [2.0, 4.0]])
    answer = response([2.0, 3.0], response_form="rows", bounds=bounds, stale_views={"market"})
    answer.contract = answer.contract.model_copy(update={"interval": _Interval()})
    found = encoded(protocol, answer)
    assert found == {
        "predictions": [
            {"prediction": 2.0, "interval": {"low": 1.0, "high": 3.0, "coverage": 0.9}},
            {"prediction": 3.0, "interval": {"low": 2.0, "high": 4.0, "coverage": 0.9}},
        ],
        **IDS,
        "stale_features": ["market"],
    }


def test_the_response_to_columns_has_columns() -> None:
    bounds = np.array([[1.0, 3.0], [2.0, 4.0]])
    contributions = np.array([[0.5, 1.5], [1.0, 2.0]])
    answer = response(
        [2.0, 3.0], response_form="columns", bounds=bounds, contributions=contributions
    )
    answer.contract = answer.contract.model_copy(update={"interval": _Interval()})
    assert encoded(protocol, answer) == {
        "predictions": [2.0, 3.0],
        "interval": {"low": [1.0, 2.0], "high": [3.0, 4.0], "coverage": 0.9},
        "contributions": {"area": [0.5, 1.0], "base": [1.5, 2.0]},
        **IDS,
    }


def test_a_classification_answers_the_class_and_each_probability_by_name() -> None:
    contributions = np.array([[[0.1, -0.1], [0.1, 0.9]]])
    answer = class_response([[0.2, 0.8]], response_form="row", contributions=contributions)
    assert encoded(protocol, answer) == {
        "prediction": "left",
        "probabilities": {"stayed": 0.2, "left": 0.8},
        "contributions": {
            "area": {"stayed": 0.1, "left": -0.1},
            "base": {"stayed": 0.1, "left": 0.9},
        },
        **IDS,
    }
    answer = class_response(
        [[0.2, 0.8], [0.7, 0.3]], response_form="columns", contributions=contributions
    )
    found = encoded(protocol, answer)
    assert found["predictions"] == ["left", "stayed"]
    assert found["probabilities"] == {"stayed": [0.2, 0.7], "left": [0.8, 0.3]}
    assert found["contributions"]["base"] == {"stayed": [0.1], "left": [0.9]}


def test_an_error_is_a_sentence_and_a_word() -> None:
    found = json.loads(protocol.encode_error(400, "range", "row 0: area: found 9"))
    assert found == {"error": "row 0: area: found 9", "reason": "range"}


class _Interval:
    coverage = 0.9
