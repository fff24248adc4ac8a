"""The Open Inference Protocol (V2): one input per field, or one matrix; in JSON or in binary."""

from collections.abc import Mapping, Sequence
from typing import Any

from homestead import __version__
from homestead.problem.contract import Contract
from homestead.serving.errors import RefusedError
from homestead.serving.protocols.base import (
    HeaderReader,
    MessageSchemas,
    PageKind,
    PredictionRequest,
    PredictionResponse,
    no_header,
)
from homestead.serving.protocols.json_body import (
    check_common_row_count,
    decode_json_object,
    encode_json,
    parse_flag,
    parse_request_id,
)
from homestead.serving.protocols.tables.json_tables import MATRIX
from homestead.serving.protocols.tensors.binary import (
    JSON_LENGTH_HEADER,
    SIZE_PARAMETER,
    BinaryValues,
    split_body,
)
from homestead.serving.protocols.tensors.inputs import parse_parameters, parse_tensor
from homestead.serving.protocols.tensors.outputs import (
    encode_message,
    output_tensors,
    parse_requested_outputs,
)
from homestead.serving.protocols.tensors.schemas import message_schemas

NAME = "Open Inference Protocol (V2)"
_SERVER = {
    "name": "homestead",
    "version": __version__,
    "extensions": ["binary_tensor_data"],
}
SERVER_PAGES: Mapping[PageKind, Any] = {
    PageKind.LIVE: {"live": True},
    PageKind.SERVER: _SERVER,
}
_NO_VALUES = BinaryValues()
_BINARY_MARK = SIZE_PARAMETER.encode()


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
        "/v2/": PageKind.SERVER,
        "/v2/health/live": PageKind.LIVE,
        "/v2/health/ready": PageKind.READY,
        model: PageKind.METADATA,
        f"{model}/ready": PageKind.MODEL_READY,
        f"{model}/versions/{{version}}": PageKind.METADATA,
        f"{model}/versions/{{version}}/ready": PageKind.MODEL_READY,
    }


def decode_request(body: bytes, header: HeaderReader = no_header) -> PredictionRequest:
    """Decode a request's body, whose JSON binary values may follow.

    Raises:
        RefusedError: the body does not follow the protocol.
    """
    binary = _NO_VALUES
    # This search takes less time than to read the header, which most requests do not have.
    if _BINARY_MARK in body:
        length = header(JSON_LENGTH_HEADER)
        if length is not None:
            body, binary = split_body(body, length)
    content = decode_json_object(body)
    request_id = parse_request_id(content.get("id"), "id")
    parameters = parse_parameters(content, "")
    explain = interval = is_binary = False
    if parameters:
        explain = parse_flag(parameters.get("explain"), "parameters.explain")
        interval = parse_flag(parameters.get("interval"), "parameters.interval")
        flag = parameters.get("binary_data_output")
        is_binary = parse_flag(flag, "parameters.binary_data_output")
    outputs, binary_outputs = parse_requested_outputs(content.get("outputs"), is_binary)
    rows, matrix = _parse_inputs(content.get("inputs"), binary)
    return PredictionRequest(
        rows,
        matrix,
        request_id,
        explain,
        requested_outputs=outputs,
        binary_outputs=binary_outputs,
        interval=interval,
    )


def _parse_inputs(
    inputs: Any, binary: BinaryValues
) -> tuple[list[dict[str, Any]] | None, list[list[Any]] | None]:
    """Return rows of named fields, or the matrix that a single input of two dimensions is."""
    if not isinstance(inputs, list) or not inputs:
        raise RefusedError(400, "shape", "inputs: allowed is a list with at least one input")
    columns: dict[str, list[Any]] = {}
    for i, item in enumerate(inputs):
        name, shape, values = parse_tensor(item, f"inputs[{i}]", binary)
        is_column = len(shape) == 1 or (len(shape) == 2 and shape[1] == 1)
        if len(inputs) == 1 and len(shape) == 2 and (name == MATRIX or not is_column):
            binary.check_end()
            width = shape[1]
            return None, [values[row * width : (row + 1) * width] for row in range(shape[0])]
        if not is_column:
            raise RefusedError(
                400,
                "shape",
                f"{name}: found shape {shape}, allowed are [n] and [n, 1] for a field; a matrix of"
                " the model's inputs, [n, features], is the only input of its request",
            )
        if name in columns:
            raise RefusedError(400, "duplicate", f"inputs: {name} is given twice")
        columns[name] = values
    binary.check_end()
    check_common_row_count(columns.values(), "inputs")
    values_by_row = zip(*columns.values(), strict=True)
    return [dict(zip(columns, values, strict=True)) for values in values_by_row], None


def encode_response(response: PredictionResponse) -> tuple[bytes, bytes]:
    """Return the body and the header lines of a response.

    Raises:
        RefusedError: the request asks for an output that the response does not have.
    """
    outputs = output_tensors(response)
    parameters = response.identification
    version = parameters.pop("model_version")
    if response.contributions is not None:
        parameters["contributions"] = ",".join(response.explanation["names"])
    for name in ("stale_features", "unavailable_features"):
        if name in parameters:  # the protocol's parameters are text, numbers or booleans
            parameters[name] = ",".join(parameters[name])
    message = {
        "id": response.request_id or response.prediction_id,
        "model_name": response.contract.problem,
        "model_version": version,
        "parameters": parameters,
    }
    return encode_message(message, outputs, response.binary_outputs)


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


def schemas(contract: Contract, example: dict[str, Any]) -> MessageSchemas:
    """Return the schemas of prediction requests and responses."""
    return message_schemas(example)
