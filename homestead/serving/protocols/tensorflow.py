"""TensorFlow Serving's REST API: ``instances`` (rows) or ``inputs`` (columns)."""

from collections.abc import Mapping, Sequence
from typing import Any

from homestead.problem.contract import Contract
from homestead.serving.errors import RefusedError
from homestead.serving.inputs.field_checks import describe_value
from homestead.serving.protocols import json_schema
from homestead.serving.protocols.base import (
    PredictionRequest,
    PredictionResponse,
    decode_json_object,
    encode_json,
    refuse_unknown_keys,
)

NAME = "TensorFlow Serving"
SIGNATURE = "serving_default"


def predict_paths(problem: str) -> Sequence[str]:
    """Where predictions are asked for."""
    return (f"/v1/models/{problem}:predict", f"/v1/models/{problem}/versions/{{version}}:predict")


def pages(problem: str) -> Mapping[str, str]:
    """What can be read, by path."""
    return {
        f"/v1/models/{problem}": "status",
        f"/v1/models/{problem}/versions/{{version}}": "status",
        f"/v1/models/{problem}/metadata": "metadata",
        f"/v1/models/{problem}/versions/{{version}}/metadata": "metadata",
    }


def decode(body: bytes) -> PredictionRequest:
    """Read a request.

    Raises:
        RefusedError: it is not of the protocol.
    """
    found = decode_json_object(body)
    refuse_unknown_keys(found, ("signature_name", "instances", "inputs"), "")
    signature = found.get("signature_name", SIGNATURE)
    if signature not in ("", SIGNATURE):
        raise RefusedError(
            400,
            "shape",
            f"signature_name: found {describe_value(signature)}, allowed is {SIGNATURE}",
        )
    if ("instances" in found) == ("inputs" in found):
        raise RefusedError(400, "shape", "give either instances or inputs")
    if "inputs" in found:
        return _columns(found["inputs"])
    instances = found["instances"]
    if not isinstance(instances, list):
        raise RefusedError(400, "shape", "instances: allowed is a list of objects or of rows")
    if instances and isinstance(instances[0], dict):
        return PredictionRequest(instances)
    return PredictionRequest(None, instances)


def _columns(inputs: Any) -> PredictionRequest:
    if isinstance(inputs, list):
        return PredictionRequest(None, inputs, form="columns")
    if not isinstance(inputs, dict) or not inputs:
        raise RefusedError(400, "shape", "inputs: allowed is an object of lists, or a list of rows")
    for name, values in inputs.items():
        if not isinstance(values, list):
            raise RefusedError(400, "shape", f"inputs.{name[:60]}: allowed is a list of values")
    sizes = {len(values) for values in inputs.values()}
    if len(sizes) != 1:
        raise RefusedError(
            400, "shape", f"inputs: found {sorted(sizes)} rows, allowed is one number"
        )
    rows = [dict(zip(inputs, row, strict=True)) for row in zip(*inputs.values(), strict=True)]
    return PredictionRequest(rows, form="columns")


def answer(found: PredictionResponse) -> bytes:
    """The answer's body; beside TensorFlow's own keys, ``metadata`` identifies the prediction."""
    columns: dict[str, Any] = {"predict": found.values}
    if found.labels is not None:
        columns = {"predict": found.labels, "probabilities": found.values}
    if found.contributions is not None:
        columns["contributions"] = found.contributions.tolist()
    content: Any = columns["predict"] if len(columns) == 1 else columns
    key = "outputs"
    if found.form != "columns":
        key = "predictions"
        if len(columns) > 1:
            rows = zip(*columns.values(), strict=True)
            content = [dict(zip(columns, row, strict=True)) for row in rows]
    return encode_json({key: content, "metadata": found.marks})


def error(status: int, reason: str, message: str) -> bytes:
    """The body of a refusal."""
    return encode_json({"error": message})


def page(kind: str, contract: Contract, version: str) -> Any:
    """The model's status, or what it takes and gives."""
    if kind == "status":
        status = {"error_code": "OK", "error_message": ""}
        return {
            "model_version_status": [{"version": version, "state": "AVAILABLE", "status": status}]
        }
    kinds = {"integer": "DT_INT64", "number": "DT_DOUBLE", "boolean": "DT_BOOL"}
    inputs = {
        name: _tensor(name, kinds.get(column.type, "DT_STRING"), -1)
        for name, column in contract.columns.items()
    }
    kept = [feature for view in contract.views for feature in view.features]
    inputs |= {n: _tensor(n, "DT_DOUBLE", -1) for n in kept if n not in inputs}
    outputs = {"predict": _tensor("predict", "DT_DOUBLE", -1)}
    if contract.classes:
        outputs = {
            "predict": _tensor("predict", "DT_STRING", -1),
            "probabilities": _tensor("probabilities", "DT_DOUBLE", -1, len(contract.classes)),
        }
    signature = {
        "inputs": inputs,
        "outputs": outputs,
        "method_name": "tensorflow/serving/predict",
    }
    return {
        "model_spec": {"name": contract.problem, "signature_name": "", "version": version},
        "metadata": {"signature_def": {"signature_def": {SIGNATURE: signature}}},
    }


def _tensor(name: str, kind: str, *sizes: int) -> dict[str, Any]:
    shape = {"dim": [{"size": str(n), "name": ""} for n in sizes], "unknown_rank": False}
    return {"name": name, "dtype": kind, "tensor_shape": shape}


def schemas(contract: Contract) -> tuple[dict[str, Any], dict[str, Any], Any]:
    """JSON Schemas of request and answer, and a request as an example."""
    row = json_schema.row_schema(contract)
    request = json_schema.object_schema(
        {
            "signature_name": {"type": "string", "enum": ["", SIGNATURE]},
            "instances": json_schema.array_schema({"anyOf": [row, json_schema.array_schema({})]}),
            "inputs": {
                "anyOf": [
                    json_schema.ANY_OBJECT,
                    json_schema.array_schema(json_schema.array_schema({})),
                ]
            },
        }
    )
    answer = json_schema.object_schema(
        {
            "predictions": json_schema.array_schema({}),
            "outputs": {},
            "metadata": json_schema.ANY_OBJECT,
        },
        "metadata",
    )
    return request, answer, {"instances": [json_schema.example_row(contract)]}
