"""The Seldon protocol (v1): ``data`` with names and ndarray or tensor, or ``jsonData``."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote_to_bytes

from homestead.problem.contract import Contract
from homestead.serving.errors import RefusedError
from homestead.serving.http.application import JSON_HEADER
from homestead.serving.protocols import json_schema
from homestead.serving.protocols.base import (
    HeaderReader,
    MessageSchemas,
    PageKind,
    PredictionRequest,
    PredictionResponse,
    no_header,
)
from homestead.serving.protocols.json_body import (
    decode_json_object,
    encode_json,
    named_rows,
    parse_flag,
    parse_request_id,
)

NAME = "Seldon"
SERVER_PAGES: Mapping[PageKind, Any] = {PageKind.LIVE: "pong"}


def predict_paths(problem: str) -> Sequence[str]:
    """Return the paths of predictions."""
    return ("/predict", "/api/v1.0/predictions")


def pages(problem: str) -> Mapping[str, PageKind]:
    """Return the kind of each page, by path."""
    return {
        "/health/ping": PageKind.LIVE,
        "/health/status": PageKind.READY,
        "/metadata": PageKind.METADATA,
        "/api/v1.0/metadata": PageKind.METADATA,
    }


def decode_request(body: bytes, header: HeaderReader = no_header) -> PredictionRequest:
    """Decode a request's body.

    Raises:
        RefusedError: the body does not follow the protocol.
    """
    message = decode_json_object(unwrap_form_field(body))
    request_id, explain = None, False
    if message.get("meta"):
        meta, tags = parse_meta(message["meta"], "meta")
        request_id = parse_request_id(meta.get("puid"), "meta.puid")
        explain = parse_flag(tags.get("explain"), "meta.tags.explain")
    if ("data" in message) == ("jsonData" in message):
        raise RefusedError(400, "shape", "give either data or jsonData")
    if "jsonData" in message:
        rows = message["jsonData"]
        return PredictionRequest(
            rows if isinstance(rows, list) else [rows], None, request_id, explain
        )
    data = message["data"]
    if not isinstance(data, dict):
        raise RefusedError(400, "shape", "data: allowed is an object")
    table, response_form = parse_table(data), "tensor" if "tensor" in data else "ndarray"
    if not data.get("names"):
        return PredictionRequest(None, table, request_id, explain, response_form)
    rows = named_rows(data["names"], table, "data.names")
    return PredictionRequest(rows, None, request_id, explain, response_form)


def unwrap_form_field(body: bytes) -> bytes:
    """Return the JSON of a body; Seldon's client sends it to a microservice as a form's field."""
    if body.startswith(b"json="):
        return unquote_to_bytes(body[5:].replace(b"+", b" "))
    return body


def parse_meta(meta: Any, where: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a message's ``meta`` and its ``tags``.

    Raises:
        RefusedError: one of them is not an object.
    """
    if not isinstance(meta, dict):
        raise RefusedError(400, "shape", f"{where}: allowed is an object")
    tags = meta.get("tags") or {}
    if not isinstance(tags, dict):
        raise RefusedError(400, "shape", f"{where}.tags: allowed is an object")
    return meta, tags


def parse_table(data: dict[str, Any]) -> list[Any]:
    """Return the rows of a message's ``data``.

    Raises:
        RefusedError: there are none, or a tensor's shape does not match its values.
    """
    if ("ndarray" in data) == ("tensor" in data):
        raise RefusedError(400, "shape", "data: give either ndarray or tensor")
    if "ndarray" in data:
        table = data["ndarray"]
        if not isinstance(table, list):
            raise RefusedError(400, "shape", "data.ndarray: allowed is a list of rows")
        return table
    tensor = data["tensor"]
    shape: Any = tensor.get("shape") if isinstance(tensor, dict) else None
    values: Any = tensor.get("values") if isinstance(tensor, dict) else None
    if not isinstance(values, list) or not _is_table_shape(shape, len(values)):
        raise RefusedError(
            400, "shape", "data.tensor: allowed is shape [rows, fields] and as many values"
        )
    width = shape[1]
    return [values[i * width : (i + 1) * width] for i in range(shape[0])]


def _is_table_shape(shape: Any, size: int) -> bool:
    return (
        isinstance(shape, list)
        and len(shape) == 2
        and all(type(n) is int and n > 0 for n in shape)
        and shape[0] * shape[1] == size
    )


def encode_response(response: PredictionResponse) -> tuple[bytes, bytes]:
    """Return the body and the header lines of a response."""
    tags = response.identification
    if response.labels is not None:
        tags["labels"] = response.labels
        names, table = list(response.contract.classes), response.predictions
    else:
        names = [response.contract.target]
        table = [[value] for value in response.predictions]
    if response.contributions is not None:
        tags["contributions"] = response.explanation
    data: dict[str, Any] = {"names": names}
    if response.response_form == "tensor":
        values = [value for row in table for value in row]
        data["tensor"] = {"shape": [len(table), len(names)], "values": values}
    else:
        data["ndarray"] = table
    puid = response.request_id or response.prediction_id
    return encode_json({"data": data, "meta": {"puid": puid, "tags": tags}}), JSON_HEADER


def encode_error(status: int, reason: str, message: str) -> bytes:
    """Encode the body of an error response."""
    return encode_json(
        {"status": {"code": status, "info": message, "reason": reason, "status": "FAILURE"}}
    )


def page_content(kind: PageKind, contract: Contract, version: str) -> Any:
    """Return the content of a readiness check, or the model's inputs and outputs."""
    if kind == PageKind.READY:
        return {"status": "ok"}
    outputs = list(contract.classes) or [contract.target]
    return {
        "name": contract.problem,
        "versions": [version],
        "platform": "onnx",
        "inputs": [_tensor_metadata(list(contract.features))],
        "outputs": [_tensor_metadata(outputs)],
    }


def _tensor_metadata(names: list[str]) -> dict[str, Any]:
    return {"messagetype": "tensor", "schema": {"names": names, "shape": [len(names)]}}


def schemas(contract: Contract) -> MessageSchemas:
    """Return the schemas of prediction requests and responses."""
    row = json_schema.row_schema(contract)
    tensor = json_schema.object_schema(
        {
            "shape": json_schema.array_schema({"type": "integer", "minimum": 1}, 2),
            "values": json_schema.array_schema({}),
        },
        *("shape", "values"),
    )
    names = {"type": "array", "items": {"type": "string"}}
    data = json_schema.object_schema(
        {
            "names": names,
            "ndarray": json_schema.array_schema(json_schema.array_schema({})),
            "tensor": tensor,
        },
        allow_others=True,
    )
    meta = json_schema.object_schema(
        {"puid": {"type": "string"}, "tags": json_schema.ANY_OBJECT}, allow_others=True
    )
    request = json_schema.object_schema(
        {"jsonData": {"anyOf": [row, json_schema.array_schema(row)]}, "data": data, "meta": meta},
        allow_others=True,
    )
    response = json_schema.object_schema({"data": data, "meta": meta}, "data", "meta")
    return MessageSchemas(request, response, {"jsonData": json_schema.example_row(contract)})
