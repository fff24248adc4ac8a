"""MLflow's scoring protocol: the forms of a table, types of content, and mistakes."""

import json
from importlib.metadata import version
from typing import Any

import numpy as np
import pytest

from homestead.serving.errors import RefusedError
from homestead.serving.protocols import mlflow_scoring
from homestead.serving.protocols.base import PredictionRequest
from tests.protocol_cases import assert_refused, class_response, encode, encoded, response

ROWS = [{"area": 80, "kind": "flat"}, {"area": 90, "kind": None}]


def decode(body: bytes, content_type: str) -> PredictionRequest:
    headers = {b"content-type": content_type.encode()}
    return mlflow_scoring.decode_request(body, headers.get)


@pytest.mark.parametrize(
    "content",
    [
        {"dataframe_records": ROWS},
        {"dataframe_split": {"columns": ["area", "kind"], "data": [[80, "flat"], [90, None]]}},
        {"instances": ROWS},
        {"inputs": {"area": [80, 90], "kind": ["flat", None]}},
        {"inputs": ROWS, "unknown": 1},
    ],
)
def test_a_table_has_one_of_four_forms(content: Any) -> None:
    assert mlflow_scoring.decode_request(encode(content)).rows == ROWS


def test_a_list_of_lists_is_the_matrix() -> None:
    for form in ("instances", "inputs"):
        assert mlflow_scoring.decode_request(encode({form: [[1, 2]]})).matrix == [[1, 2]]


def test_csv_is_a_table_too() -> None:
    body = b"area,kind\n80,flat\n90,\n"
    for content_type in ("text/csv", "Text/CSV; charset=UTF-8", 'text/csv; charset="utf-8"'):
        assert decode(body, content_type).rows == ROWS


@pytest.mark.parametrize(
    "content_type",
    ["application/vnd.apache.parquet", "text/csv; charset=latin-1", "multipart/form-data"],
)
def test_another_type_of_content_is_a_415_that_names_it(content_type: str) -> None:
    with pytest.raises(RefusedError) as error:
        decode(b"{}", content_type)
    assert error.value.status == 415
    assert f"content-type: found {content_type!r}, allowed are" in str(error.value)


def test_parameters_can_ask_for_contributions() -> None:
    content = {"instances": ROWS, "params": {"explain": True, "temperature": 1}}
    assert mlflow_scoring.decode_request(encode(content)).explain


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({}, "found none, allowed is exactly one of dataframe_split, dataframe_records"),
        ({"inputs": [], "instances": []}, "found instances, inputs, allowed is exactly one of"),
        ({"dataframe_records": {}}, "dataframe_records: allowed is a list"),
        ({"instances": [], "params": 5}, "params: allowed is an object"),
    ],
)
def test_a_request_that_breaks_the_protocol_is_refused(content: Any, message: str) -> None:
    assert_refused(mlflow_scoring, encode(content), message)


def test_a_response_has_one_prediction_a_row() -> None:
    assert encoded(mlflow_scoring, response([1.5, 2.5]))["predictions"] == [1.5, 2.5]
    predictions = encoded(mlflow_scoring, class_response([[0.25, 0.75]]))["predictions"]
    assert predictions == [{"predict": "left", "probabilities": [0.25, 0.75]}]
    explained = response([1.5], contributions=np.array([[1.0, 0.5]]))
    (prediction,) = encoded(mlflow_scoring, explained)["predictions"]
    assert prediction == {"predict": 1.5, "contributions": [1.0, 0.5]}


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "BAD_REQUEST"),
        (413, "BAD_REQUEST"),
        (404, "RESOURCE_DOES_NOT_EXIST"),
        (503, "TEMPORARILY_UNAVAILABLE"),
    ],
)
def test_an_error_has_mlflows_code(status: int, code: str) -> None:
    content = json.loads(mlflow_scoring.encode_error(status, "reason", "no"))
    assert content == {"error_code": code, "message": "no"}


def test_the_version_is_that_of_the_installed_mlflow() -> None:
    assert mlflow_scoring.MLFLOW_VERSION.split(".")[:2] == version("mlflow").split(".")[:2]
