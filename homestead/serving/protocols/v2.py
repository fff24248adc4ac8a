"""The Open Inference Protocol (V2): one input per field, or one matrix named X."""

from collections.abc import Mapping, Sequence
from typing import Any

from homestead import __version__
from homestead.problem.contract import Contract
from homestead.serving.errors import RefusedError
from homestead.serving.inputs.field_checks import describe_value
from homestead.serving.protocols import json_schema
from homestead.serving.protocols.base import (
    MessageSchemas,
    PageKind,
    PredictionRequest,
    PredictionResponse,
)
from homestead.serving.protocols.json_body import (
    MAX_ID_CHARACTERS,
    decode_json_object,
    encode_json,
    parse_flag,
    parse_request_id,
    refuse_unknown_keys,
)
from homestead.serving.protocols.v2_tensors import (
    MAX_NAME_CHARACTERS,
    VALUE_TYPES,
    parse_parameters,
    parse_tensor,
)

NAME = "Open Inference Protocol (V2)"
MATRIX = "X"
SERVER_PAGES: Mapping[PageKind, Any] = {
    PageKind.LIVE: {"live": True},
    PageKind.SERVER: {"name": "homestead", "version": __version__, "extensions": []},
}
_OUTPUTS = ("predict", "probabilities", "contributions")


def predict_paths(problem: str) -> Sequence[str]:
    """Return the paths of predictions."""
    return (
        f"/v2/models/{problem}/infer",
        f"/v2/models/{problem}/versions/{{version}}/infer",
    )


def pages(problem: str) -> Mapping[str, PageKind]:
    """Return the kind of each page, by path."""
    model = f"/v2/models/{problem}"
    return {
        "/v2": PageKind.SERVER,
        "/v2/health/live": PageKind.LIVE,
        "/v2/health/ready": PageKind.READY,
        model: PageKind.METADATA,
        f"{model}/ready": PageKind.MODEL_READY,
        f"{model}/versions/{{version}}": PageKind.METADATA,
        f"{model}/versions/{{version}}/ready": PageKind.MODEL_READY,
    }


def decode_request(body: bytes) -> PredictionRequest:
    """Decode a request's body.

    Raises:
        RefusedError: the body does not follow the protocol.
    """
    content = decode_json_object(body)
    refuse_unknown_keys(content, ("id", "inputs", "outputs", "parameters"), "")
    request_id = parse_request_id(content.get("id"), "id")
    explain = parse_flag(parse_parameters(content, "").get("explain"), "parameters.explain")
    outputs = _parse_requested_outputs(content.get("outputs"))
    inputs = content.get("inputs")
    if not isinstance(inputs, list) or not inputs:
        raise RefusedError(400, "shape", "inputs: allowed is a list with at least one input")
    columns: dict[str, list[Any]] = {}
    for i, item in enumerate(inputs):
        name, shape, values = parse_tensor(item, f"inputs[{i}]")
        if name == MATRIX and len(inputs) == 1 and len(shape) == 2:
            width = shape[1]
            matrix = [values[row * width : (row + 1) * width] for row in range(shape[0])]
            return PredictionRequest(None, matrix, request_id, explain, requested_outputs=outputs)
        if len(shape) not in (1, 2) or (len(shape) == 2 and shape[1] != 1):
            raise RefusedError(
                400, "shape", f"{name}: found shape {shape}, allowed are [n], [n, 1]"
            )
        if name in columns:
            raise RefusedError(400, "duplicate", f"inputs: {name} is given twice")
        columns[name] = values
    row_counts = {len(values) for values in columns.values()}
    if len(row_counts) != 1:
        raise RefusedError(
            400, "shape", f"inputs: found {sorted(row_counts)} rows, allowed is one number of rows"
        )
    values_by_row = zip(*columns.values(), strict=True)
    rows = [dict(zip(columns, values, strict=True)) for values in values_by_row]
    return PredictionRequest(rows, None, request_id, explain, requested_outputs=outputs)


def _parse_requested_outputs(outputs: Any) -> tuple[str, ...]:
    if outputs is None:
        return ()
    if not isinstance(outputs, list):
        raise RefusedError(400, "shape", "outputs: allowed is a list of outputs")
    names = []
    for i, output in enumerate(outputs):
        where = f"outputs[{i}]: "
        if not isinstance(output, dict):
            raise RefusedError(400, "shape", f"{where}allowed is an object")
        refuse_unknown_keys(output, ("name", "parameters"), where)
        parse_parameters(output, where)
        if output.get("name") not in _OUTPUTS:
            allowed = ", ".join(_OUTPUTS)
            raise RefusedError(
                400,
                "unknown",
                f"{where}found {describe_value(output.get('name'))}, allowed are {allowed}",
            )
        names.append(output["name"])
    return tuple(names)


def encode_response(response: PredictionResponse) -> bytes:
    """Encode the body of a response."""
    rows = len(response.predictions)
    outputs: list[dict[str, Any]] = []
    if response.labels is not None:
        outputs.append(_output("predict", "BYTES", [rows], response.labels))
        probabilities = [value for row in response.predictions for value in row]
        shape = [rows, len(response.contract.classes)]
        outputs.append(_output("probabilities", "FP64", shape, probabilities))
    else:
        outputs.append(_output("predict", "FP64", [rows], response.predictions))
    parameters = response.identification
    version = parameters.pop("model_version")
    contributions = response.contributions
    if contributions is not None:
        shape, values = list(contributions.shape), contributions.ravel().tolist()
        outputs.append(_output("contributions", "FP64", shape, values))
        parameters["contributions"] = ",".join(response.explanation["names"])
    if response.requested_outputs:
        outputs = [output for output in outputs if output["name"] in response.requested_outputs]
    for name in ("stale_features", "unavailable_features"):
        if name in parameters:  # the protocol's parameters are text, numbers or booleans
            parameters[name] = ",".join(parameters[name])
    return encode_json(
        {
            "id": response.request_id or response.prediction_id,
            "model_name": response.contract.problem,
            "model_version": version,
            "parameters": parameters,
            "outputs": outputs,
        }
    )


def _output(name: str, datatype: str, shape: list[int], data: list[Any]) -> dict[str, Any]:
    return {"name": name, "datatype": datatype, "shape": shape, "data": data}


def encode_error(status: int, reason: str, message: str) -> bytes:
    """Encode the body of an error response."""
    return encode_json({"error": message})


def page_content(kind: PageKind, contract: Contract, version: str) -> Any:
    """Return the readiness, or the model's inputs and outputs."""
    if kind == PageKind.READY:
        return {"ready": True}
    if kind == PageKind.MODEL_READY:
        return {"name": contract.problem, "ready": True}
    return _model_metadata(contract, version)


def _model_metadata(contract: Contract, version: str) -> dict[str, Any]:
    """Return the matrix, the fields that may be sent instead of it, and the outputs."""
    datatypes = {"integer": "INT64", "number": "FP64", "boolean": "BOOL"}
    inputs = [{"name": MATRIX, "datatype": "FP64", "shape": [-1, len(contract.features)]}]
    inputs += [
        {"name": name, "datatype": datatypes.get(column.type, "BYTES"), "shape": [-1]}
        for name, column in contract.columns.items()
    ]
    stored = dict.fromkeys(feature for view in contract.views for feature in view.features)
    inputs += [
        {"name": name, "datatype": "FP64", "shape": [-1]}
        for name in stored
        if name not in contract.columns
    ]
    datatype = "BYTES" if contract.classes else "FP64"
    outputs = [{"name": "predict", "datatype": datatype, "shape": [-1]}]
    if contract.classes:
        shape = [-1, len(contract.classes)]
        outputs.append({"name": "probabilities", "datatype": "FP64", "shape": shape})
    return {
        "name": contract.problem,
        "versions": [version],
        "platform": "onnx_onnxv1",
        "inputs": inputs,
        "outputs": outputs,
    }


def schemas(contract: Contract) -> MessageSchemas:
    """Return the schemas of prediction requests and responses."""
    tensor = json_schema.object_schema(
        {
            "name": {"type": "string", "minLength": 1, "maxLength": MAX_NAME_CHARACTERS},
            "shape": json_schema.array_schema({"type": "integer", "minimum": 1}),
            "datatype": {"type": "string", "enum": list(VALUE_TYPES)},
            "data": json_schema.array_schema({}),
            "parameters": json_schema.ANY_OBJECT,
        },
        *("name", "shape", "datatype", "data"),
    )
    requested_output = json_schema.object_schema(
        {"name": {"enum": list(_OUTPUTS)}, "parameters": json_schema.ANY_OBJECT}, "name"
    )
    request = json_schema.object_schema(
        {
            "id": {"type": "string", "maxLength": MAX_ID_CHARACTERS},
            "inputs": json_schema.array_schema(tensor),
            "outputs": json_schema.array_schema(requested_output, 0),
            "parameters": json_schema.ANY_OBJECT,
        },
        "inputs",
    )
    response = json_schema.object_schema(
        {
            "id": {"type": "string"},
            "model_name": {"type": "string"},
            "model_version": {"type": "string"},
            "parameters": json_schema.ANY_OBJECT,
            "outputs": json_schema.array_schema(tensor, 0),
        },
        *("id", "model_name", "outputs"),
    )
    datatypes = {int: "INT64", float: "FP64", bool: "BOOL", str: "BYTES"}
    inputs = [
        {"name": name, "shape": [1], "datatype": datatypes[type(value)], "data": [value]}
        for name, value in json_schema.example_row(contract).items()
    ]
    return MessageSchemas(request, response, {"inputs": inputs})
