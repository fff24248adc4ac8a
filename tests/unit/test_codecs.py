"""The protocols: bytes to rows and back, and bytes that are not of the protocol."""

import json
from types import ModuleType
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest

from homestead.problem.contract import Contract
from homestead.problem.parts import Column
from homestead.serving.errors import RefusedError
from homestead.serving.protocols import seldon, tensorflow, v2
from homestead.serving.protocols.base import PredictionResponse
from homestead.serving.protocols.json_body import decode_json_object


def answer(
    classes: tuple[str, ...], values: list[Any], request_id: str | None = None
) -> PredictionResponse:
    contract = Contract(
        problem="homes",
        task="classification" if classes else "regression",
        key="id",
        timestamp="sold",
        target="price",
        classes=classes,
        columns={"id": Column(type="integer"), "area": Column(type="number")},
        derived={},
        views=(),
        features=("area",),
    )
    return PredictionResponse("p-1", request_id, contract, "3", "d" * 64, values)


TENSOR = {"shape": [2, 2], "values": [80, "flat", 90, None]}


def body(value: Any) -> bytes:
    return json.dumps(value).encode()


@pytest.mark.parametrize(
    "data",
    [
        {"data": {"names": ["area", "kind"], "ndarray": [[80, "flat"], [90, None]]}},
        {"data": {"names": ["area", "kind"], "tensor": TENSOR}},
        {"jsonData": [{"area": 80, "kind": "flat"}, {"area": 90, "kind": None}]},
    ],
)
def test_seldons_forms_are_the_same_rows(data: dict[str, Any]) -> None:
    found = seldon.decode_request(body({**data, "meta": {"puid": "mine"}}))
    assert found.rows == [{"area": 80, "kind": "flat"}, {"area": 90, "kind": None}]
    assert found.request_id == "mine"


def test_seldons_client_sends_json_in_a_form_to_a_microservice() -> None:
    text = '{"jsonData": {"plan": "a+b & c", "months": 3}}'
    assert seldon.decode_request(urlencode({"json": text}).encode()) == seldon.decode_request(
        text.encode()
    )


def test_seldon_without_names_is_a_matrix_and_one_object_a_row() -> None:
    assert seldon.decode_request(b'{"data": {"ndarray": [[1, 2]]}}').matrix == [[1, 2]]
    assert seldon.decode_request(b'{"jsonData": {"area": 80}}').rows == [{"area": 80}]


def test_v2_takes_an_input_a_field_or_one_matrix() -> None:
    inputs = [
        {"name": "area", "datatype": "FP64", "shape": [2], "data": [80, 90.5]},
        {"name": "kind", "datatype": "BYTES", "shape": [2, 1], "data": [["flat"], ["house"]]},
        {"name": "lift", "datatype": "BOOL", "shape": [2], "data": [True, None]},
    ]
    found = v2.decode_request(body({"id": "mine", "inputs": inputs}))
    assert found.rows == [
        {"area": 80, "kind": "flat", "lift": True},
        {"area": 90.5, "kind": "house", "lift": None},
    ]
    assert found.request_id == "mine"
    matrix = {"name": "X", "datatype": "FP64", "shape": [2, 2], "data": [1, 2, 3, 4]}
    assert v2.decode_request(body({"inputs": [matrix]})).matrix == [[1, 2], [3, 4]]


def test_a_regressions_answer() -> None:
    found = json.loads(seldon.encode_response(answer((), [1.5, 2.5])))
    assert found["data"] == {"names": ["price"], "ndarray": [[1.5], [2.5]]}
    tags = {"prediction_id": "p-1", "model_version": "3", "digest": "d" * 64}
    assert found["meta"] == {"puid": "p-1", "tags": tags}
    found = json.loads(v2.encode_response(answer((), [1.5, 2.5], "mine")))
    assert found["id"] == "mine"
    assert found["model_name"] == "homes"
    assert found["model_version"] == "3"
    assert found["parameters"] == {"prediction_id": "p-1", "digest": "d" * 64}
    assert found["outputs"] == [
        {"name": "predict", "datatype": "FP64", "shape": [2], "data": [1.5, 2.5]}
    ]


def test_a_classifications_answer_has_label_and_probabilities() -> None:
    one = answer(("stayed", "left"), [[0.25, 0.75], [0.9, 0.1]])
    found = json.loads(seldon.encode_response(one))
    assert found["data"]["names"] == ["stayed", "left"]
    assert found["data"]["ndarray"] == [[0.25, 0.75], [0.9, 0.1]]
    assert found["meta"]["tags"]["labels"] == ["left", "stayed"]
    outputs = {o["name"]: o for o in json.loads(v2.encode_response(one))["outputs"]}
    assert outputs["predict"]["data"] == ["left", "stayed"]
    assert outputs["probabilities"]["shape"] == [2, 2]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"a": 1, "a": 2}', "'a' is given twice"),
        (b'{"a" : 1, "b": [{"c": 1, "c" : 1}]}', "'c' is given twice"),
        (b'{"a": 1, "a": 2, "t": "\\u003a"}', "'a' is given twice"),
        (b'{"a": NaN}', "not JSON"),
        (b'{"a": Infinity}', "not JSON"),
        (b'{"a": 1e999}', "not JSON"),
        (b'{"a": 1', "not JSON"),
        (b"\xff", "not JSON"),
        (b"[1]", "allowed is an object"),
        (b'{"a":' * 5000, "nested too deeply"),
    ],
)
def test_strict_json(content: bytes, said: str) -> None:
    with pytest.raises(RefusedError) as error:
        decode_json_object(content)
    assert said in str(error.value)


def test_colons_in_values_are_no_duplicates() -> None:
    value = {"at": "2015-01-01T00:00:00", "a:b": "::", "c": 'say "x":'}
    assert decode_json_object(body(value)) == value


def matrix(shape: Any, data: Any, **more: Any) -> bytes:
    one = {"name": "area", "datatype": "FP64", "shape": shape, "data": data, **more}
    return body({"inputs": [one]})


@pytest.mark.parametrize(
    ("codec", "content", "said"),
    [
        (seldon, b"{}", "either data or jsonData"),
        (seldon, b'{"data": {}, "jsonData": {}}', "either data or jsonData"),
        (seldon, b'{"datum": {}}', "'datum'"),
        (seldon, b'{"data": {"ndarray": 1}}', "data.ndarray"),
        (seldon, b'{"data": {"names": ["a", "a"], "ndarray": [[1, 2]]}}', "'a' is given twice"),
        (seldon, b'{"data": {"names": ["a"], "ndarray": [[1, 2]]}}', "row 0: found 2"),
        (seldon, b'{"data": {"tensor": {"shape": [2, 2], "values": [1]}}}', "data.tensor"),
        (seldon, b'{"meta": {"puid": "a\\u0000b"}, "jsonData": {}}', "meta.puid"),
        (v2, b'{"inputs": []}', "at least one"),
        (v2, matrix([2], [1]), "area: found 1 values, shape [2] has 2"),
        (v2, matrix([1], ["x"]), "area: found 'x', allowed is FP64"),
        (v2, matrix([2], [1, True]), "row 1: area: found true, allowed is FP64"),
        (v2, matrix([1], [1], datatype="TEXT"), "area: found datatype 'TEXT'"),
        (v2, matrix([10**12, 0], []), "sizes above 0"),
        (v2, matrix([1], [1], name=5), "inputs[0].name: found 5"),
        (v2, matrix([10**4000], [1]), "list of sizes"),
        (v2, matrix([10**9] * 1000, [1]), "list of sizes"),
        (v2, b'{"inputs": [5]}', "inputs[0]"),
        (v2, matrix([1], [1], parameters=5), "inputs[0].parameters"),
        (v2, body({"parameters": {"explain": 1}}), "parameters.explain: found 1"),
        (v2, body({"outputs": [{"name": "p"}], "inputs": []}), "outputs[0]: found 'p'"),
        (seldon, body({"meta": {"tags": 5}, "jsonData": {}}), "meta.tags"),
        (seldon, body({"meta": {"tags": {"explain": "yes"}}}), "explain: found 'yes'"),
        (tensorflow, b"{}", "either instances or inputs"),
        (tensorflow, b'{"instances": [], "inputs": []}', "either instances or inputs"),
        (tensorflow, b'{"instances": 5}', "instances: allowed is"),
        (tensorflow, b'{"instances": [], "signature_name": "f"}', "signature_name: found 'f'"),
        (tensorflow, b'{"inputs": {"a": 5}}', "inputs.a: allowed is a list"),
        (tensorflow, b'{"inputs": {"a": [1], "b": [1, 2]}}', "found [1, 2] rows"),
        (tensorflow, b'{"inputs": {}}', "inputs: allowed is"),
        (v2, b'{"id": 5, "inputs": []}', "id: found 5"),
        (v2, body({"id": "x" * 201, "inputs": []}), "up to 200"),
    ],
)
def test_what_is_not_of_the_protocol_is_named(codec: ModuleType, content: bytes, said: str) -> None:
    with pytest.raises(RefusedError) as error:
        codec.decode_request(content)
    assert 400 <= error.value.status < 500
    assert said in str(error.value)


def test_each_protocol_has_its_own_form_of_error() -> None:
    assert json.loads(v2.encode_error(400, "type", "no")) == {"error": "no"}
    found = json.loads(seldon.encode_error(404, "entity", "no"))
    assert found["status"] == {"code": 404, "info": "no", "reason": "entity", "status": "FAILURE"}


def test_tensorflows_rows_columns_and_matrices() -> None:
    rows = [{"area": 80, "kind": "flat"}, {"area": 90, "kind": None}]
    assert tensorflow.decode_request(body({"instances": rows})).rows == rows
    columns = tensorflow.decode_request(
        body({"inputs": {"area": [80, 90], "kind": ["flat", None]}})
    )
    assert (columns.rows, columns.response_form) == (rows, "columns")
    assert tensorflow.decode_request(body({"instances": [[1, 2]]})).matrix == [[1, 2]]
    assert tensorflow.decode_request(body({"inputs": [[1, 2]]})).response_form == "columns"


def test_tensorflows_answers_have_the_form_of_the_request() -> None:
    found = answer((), [1.5, 2.5])
    assert json.loads(tensorflow.encode_response(found))["predictions"] == [1.5, 2.5]
    found.response_form = "columns"
    assert json.loads(tensorflow.encode_response(found))["outputs"] == [1.5, 2.5]
    found.contributions = np.array([[1.0, 0.5], [2.0, 0.5]])
    columns = json.loads(tensorflow.encode_response(found))["outputs"]
    assert columns == {"predict": [1.5, 2.5], "contributions": [[1.0, 0.5], [2.0, 0.5]]}
    found.response_form = ""
    rows = json.loads(tensorflow.encode_response(found))["predictions"]
    assert rows[1] == {"predict": 2.5, "contributions": [2.0, 0.5]}


def test_contributions_and_stale_views_in_each_form() -> None:
    found = answer((), [1.5])
    found.contributions, found.stale_views = np.array([[1.0, 0.5]]), {"b", "a"}
    tags = json.loads(seldon.encode_response(found))["meta"]["tags"]
    assert tags["contributions"] == {"names": ["area", "base"], "values": [[1.0, 0.5]]}
    assert tags["stale_features"] == ["a", "b"]
    read = json.loads(v2.encode_response(found))
    assert read["parameters"]["contributions"] == "area,base"
    assert read["parameters"]["stale_features"] == "a,b"
    expected = {"name": "contributions", "datatype": "FP64", "shape": [1, 2], "data": [1.0, 0.5]}
    assert read["outputs"][1] == expected
    found.requested_outputs = ("contributions",)
    assert json.loads(v2.encode_response(found))["outputs"] == [expected]
    assert json.loads(tensorflow.encode_response(found))["metadata"]["stale_features"] == ["a", "b"]


@pytest.mark.parametrize(
    ("codec", "content"),
    [
        (seldon, {"jsonData": {}, "meta": {"tags": {"explain": True}}}),
        (
            v2,
            {
                "inputs": [json.loads(matrix([1], [1]))["inputs"][0]],
                "parameters": {"explain": True},
            },
        ),
    ],
)
def test_a_request_can_ask_for_contributions(codec: ModuleType, content: Any) -> None:
    assert codec.decode_request(body(content)).explain is True


def test_a_seldon_tensor_is_answered_by_a_tensor() -> None:
    found = answer(("stayed", "left"), [[0.25, 0.75], [0.9, 0.1]])
    found.response_form = seldon.decode_request(
        body({"data": {"tensor": {"shape": [1, 1], "values": [1]}}})
    ).response_form
    data = json.loads(seldon.encode_response(found))["data"]
    assert data["tensor"] == {"shape": [2, 2], "values": [0.25, 0.75, 0.9, 0.1]}
