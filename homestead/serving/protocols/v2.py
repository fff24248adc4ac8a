"""The Open Inference Protocol (V2): one input a field, or one matrix named X."""

from collections.abc import Mapping, Sequence
from typing import Any

from homestead import __version__
from homestead.problem.contract import Contract
from homestead.serving.errors import RefusedError
from homestead.serving.inputs.field_checks import describe_value
from homestead.serving.protocols import json_schema
from homestead.serving.protocols.base import (
    PredictionRequest,
    PredictionResponse,
    decode_json_object,
    encode_json,
    parse_flag,
    parse_request_id,
    refuse_unknown_keys,
)
from homestead.serving.protocols.v2_tensors import LONGEST_NAME, TYPES, parameters_of, tensor_of

NAME = "Open Inference Protocol (V2)"
MATRIX = "X"
_OUTPUTS = ("predict", "probabilities", "contributions")


def predict_paths(problem: str) -> Sequence[str]:
    """Where predictions are asked for."""
    return (
        f"/v2/models/{problem}/infer",
        f"/v2/models/{problem}/versions/{{version}}/infer",
    )


def pages(problem: str) -> Mapping[str, str]:
    """What can be read, by path."""
    model = f"/v2/models/{problem}"
    return {
        "/v2": "server",
        "/v2/health/live": "live",
        "/v2/health/ready": "ready",
        model: "metadata",
        f"{model}/ready": "model ready",
        f"{model}/versions/{{version}}": "metadata",
        f"{model}/versions/{{version}}/ready": "model ready",
    }


def decode(body: bytes) -> PredictionRequest:
    """Read a request.

    Raises:
        RefusedError: it is not of the protocol.
    """
    found = decode_json_object(body)
    refuse_unknown_keys(found, ("id", "inputs", "outputs", "parameters"), "")
    identity = parse_request_id(found.get("id"), "id")
    explain = parse_flag(parameters_of(found, "").get("explain"), "parameters.explain")
    outputs = _outputs(found.get("outputs"))
    inputs = found.get("inputs")
    if not isinstance(inputs, list) or not inputs:
        raise RefusedError(400, "shape", "inputs: allowed is a list with at least one input")
    columns: dict[str, list[Any]] = {}
    for i, one in enumerate(inputs):
        name, shape, values = tensor_of(one, f"inputs[{i}]")
        if name == MATRIX and len(inputs) == 1 and len(shape) == 2:
            width = shape[1]
            matrix = [values[at * width : (at + 1) * width] for at in range(shape[0])]
            return PredictionRequest(None, matrix, identity, explain, outputs=outputs)
        if len(shape) not in (1, 2) or (len(shape) == 2 and shape[1] != 1):
            raise RefusedError(
                400, "shape", f"{name}: found shape {shape}, allowed are [n], [n, 1]"
            )
        if name in columns:
            raise RefusedError(400, "duplicate", f"inputs: {name} is there twice")
        columns[name] = values
    sizes = {len(values) for values in columns.values()}
    if len(sizes) != 1:
        raise RefusedError(
            400, "shape", f"inputs: found {sorted(sizes)} rows, allowed is one number"
        )
    rows_of = zip(*columns.values(), strict=True)
    rows = [dict(zip(columns, row, strict=True)) for row in rows_of]
    return PredictionRequest(rows, None, identity, explain, outputs=outputs)


def _outputs(found: Any) -> tuple[str, ...]:
    if found is None:
        return ()
    if not isinstance(found, list):
        raise RefusedError(400, "shape", "outputs: allowed is a list of outputs")
    names = []
    for i, one in enumerate(found):
        where = f"outputs[{i}]: "
        if not isinstance(one, dict):
            raise RefusedError(400, "shape", f"{where}allowed is an object")
        refuse_unknown_keys(one, ("name", "parameters"), where)
        parameters_of(one, where)
        if one.get("name") not in _OUTPUTS:
            allowed = ", ".join(_OUTPUTS)
            raise RefusedError(
                400,
                "unknown",
                f"{where}found {describe_value(one.get('name'))}, allowed are {allowed}",
            )
        names.append(one["name"])
    return tuple(names)


def answer(found: PredictionResponse) -> bytes:
    """The answer's body."""
    rows = len(found.values)
    outputs: list[dict[str, Any]] = []
    if found.labels is not None:
        outputs.append(_output("predict", "BYTES", [rows], found.labels))
        probabilities = [value for row in found.values for value in row]
        shape = [rows, len(found.contract.classes)]
        outputs.append(_output("probabilities", "FP64", shape, probabilities))
    else:
        outputs.append(_output("predict", "FP64", [rows], found.values))
    parameters = found.marks
    version = parameters.pop("model_version")
    if found.contributions is not None:
        flat, shape = found.contributions.ravel().tolist(), list(found.contributions.shape)
        outputs.append(_output("contributions", "FP64", shape, flat))
        parameters["contributions"] = ",".join(found.explanation["names"])
    if found.outputs:
        outputs = [output for output in outputs if output["name"] in found.outputs]
    if "stale_features" in parameters:  # the protocol's parameters are text, numbers or booleans
        parameters["stale_features"] = ",".join(parameters["stale_features"])
    return encode_json(
        {
            "id": found.request_id or found.id,
            "model_name": found.contract.problem,
            "model_version": version,
            "parameters": parameters,
            "outputs": outputs,
        }
    )


def _output(name: str, kind: str, shape: list[int], data: list[Any]) -> dict[str, Any]:
    return {"name": name, "datatype": kind, "shape": shape, "data": data}


def error(status: int, reason: str, message: str) -> bytes:
    """The body of a refusal."""
    return encode_json({"error": message})


def page(kind: str, contract: Contract, version: str) -> Any:
    """The server, its readiness, or what the model takes and gives."""
    if kind == "server":
        return {"name": "homestead", "version": __version__, "extensions": []}
    if kind == "live":
        return {"live": True}
    if kind == "ready":
        return {"ready": True}
    if kind == "model ready":
        return {"name": contract.problem, "ready": True}
    return _metadata(contract, version)


def _metadata(contract: Contract, version: str) -> dict[str, Any]:
    """The matrix, and the fields that may be sent instead."""
    kinds = {"integer": "INT64", "number": "FP64", "boolean": "BOOL"}
    inputs = [{"name": MATRIX, "datatype": "FP64", "shape": [-1, len(contract.features)]}]
    inputs += [
        {"name": name, "datatype": kinds.get(column.type, "BYTES"), "shape": [-1]}
        for name, column in contract.columns.items()
    ]
    kept = dict.fromkeys(f for view in contract.views for f in view.features)
    inputs += [
        {"name": name, "datatype": "FP64", "shape": [-1]}
        for name in kept
        if name not in contract.columns
    ]
    label = bool(contract.classes)
    outputs = [{"name": "predict", "datatype": "BYTES" if label else "FP64", "shape": [-1]}]
    if label:
        shape = [-1, len(contract.classes)]
        outputs.append({"name": "probabilities", "datatype": "FP64", "shape": shape})
    return {
        "name": contract.problem,
        "versions": [version],
        "platform": "onnx_onnxv1",
        "inputs": inputs,
        "outputs": outputs,
    }


def schemas(contract: Contract) -> tuple[dict[str, Any], dict[str, Any], Any]:
    """JSON Schemas of request and answer, and a request as an example."""
    tensor = json_schema.object_schema(
        {
            "name": {"type": "string", "minLength": 1, "maxLength": LONGEST_NAME},
            "shape": json_schema.array_schema({"type": "integer", "minimum": 1}),
            "datatype": {"type": "string", "enum": list(TYPES)},
            "data": json_schema.array_schema({}),
            "parameters": json_schema.ANY_OBJECT,
        },
        *("name", "shape", "datatype", "data"),
    )
    wanted = json_schema.object_schema(
        {"name": {"enum": list(_OUTPUTS)}, "parameters": json_schema.ANY_OBJECT}, "name"
    )
    request = json_schema.object_schema(
        {
            "id": {"type": "string", "maxLength": 200},
            "inputs": json_schema.array_schema(tensor),
            "outputs": json_schema.array_schema(wanted, 0),
            "parameters": json_schema.ANY_OBJECT,
        },
        "inputs",
    )
    answer = json_schema.object_schema(
        {
            "id": {"type": "string"},
            "model_name": {"type": "string"},
            "model_version": {"type": "string"},
            "parameters": json_schema.ANY_OBJECT,
            "outputs": json_schema.array_schema(tensor, 0),
        },
        *("id", "model_name", "outputs"),
    )
    kinds = {int: "INT64", float: "FP64", bool: "BOOL", str: "BYTES"}
    inputs = [
        {"name": name, "shape": [1], "datatype": kinds[type(value)], "data": [value]}
        for name, value in json_schema.example_row(contract).items()
    ]
    return request, answer, {"inputs": inputs}
