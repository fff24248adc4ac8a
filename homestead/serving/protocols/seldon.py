"""The Seldon protocol (v1): ``data`` with names and ndarray or tensor, or ``jsonData``."""

from collections.abc import Mapping, Sequence
from typing import Any

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
    encode_json,
    named_rows,
    parse_flag,
    parse_request_id,
)
from homestead.serving.protocols.seldon_message import (
    decode_message,
    own_request_path,
    parse_meta,
    parse_table,
    returned_meta,
)

NAME = "Seldon"
SERVER_PAGES: Mapping[PageKind, Any] = {PageKind.LIVE: "pong"}
_OWN_REQUEST_PATH = own_request_path()


def predict_paths(problem: str) -> Sequence[str]:
    """Return the paths of predictions that are Seldon's alone; plain rows share ``/predict``."""
    return ("/api/v1.0/predictions", "/api/v0.1/predictions")


def pages(problem: str) -> Mapping[str, PageKind]:
    """Return the kind of each page, by path."""
    return {
        "/health/ping": PageKind.LIVE,
        "/health/status": PageKind.READY,
        "/api/v1.0/health/status": PageKind.READY,
        "/metadata": PageKind.METADATA,
        "/api/v1.0/metadata": PageKind.METADATA,
    }


def decode_request(body: bytes, header: HeaderReader = no_header) -> PredictionRequest:
    """Decode a request's body.

    Raises:
        RefusedError: the body does not follow the protocol.
    """
    message = decode_message(body, header)
    request = PredictionRequest(None)
    if message.get("meta"):
        meta, tags = parse_meta(message["meta"], "meta")
        request.request_id = parse_request_id(meta.get("puid"), "meta.puid")
        request.explain = parse_flag(tags.get("explain"), "meta.tags.explain")
        request.interval = parse_flag(tags.get("interval"), "meta.tags.interval")
        request.returned_meta = returned_meta(meta, tags)
    if ("data" in message) == ("jsonData" in message):
        raise RefusedError(400, "shape", "give either data or jsonData")
    if "jsonData" in message:
        rows = message["jsonData"]
        request.rows = rows if isinstance(rows, list) else [rows]
        return request
    data = message["data"]
    if not isinstance(data, dict):
        raise RefusedError(400, "shape", "data: allowed is an object")
    table = parse_table(data)
    request.response_form = "tensor" if "tensor" in data else "ndarray"
    if data.get("names"):
        request.rows = named_rows(data["names"], table, "data.names")
    else:
        request.matrix = table
    return request


def encode_response(response: PredictionResponse) -> tuple[bytes, bytes]:
    """Return the body and the header lines of a response."""
    tags = response.identification
    request_path = _OWN_REQUEST_PATH
    if response.returned_meta is not None:
        tags = {**response.returned_meta["tags"], **tags}
        request_path = {**request_path, **response.returned_meta["requestPath"]}
    is_tensor = response.response_form == "tensor"
    labels = response.labels
    if labels is None:
        names = [response.contract.target]
        table = [[value] for value in response.predictions]
    else:
        names, table = list(response.contract.classes), response.predictions
        if not _is_micro_batch(tags):
            tags["labels"] = labels
        elif not is_tensor:
            names.append("label")
            table = [[*row, label] for row, label in zip(table, labels, strict=True)]
    if response.contributions is not None:
        tags["contributions"] = response.explanation
    if response.bounds is not None:
        low, high = response.bounds.T.tolist()
        tags["interval"] = {"coverage": response.interval_coverage, "low": low, "high": high}
    data: dict[str, Any] = {"names": names}
    if is_tensor:
        values = [value for row in table for value in row]
        data["tensor"] = {"shape": [len(table), len(names)], "values": values}
    else:
        data["ndarray"] = table
    meta = {"puid": response.request_id or response.prediction_id, "tags": tags}
    if request_path:
        meta["requestPath"] = request_path
    return encode_json({"data": data, "meta": meta}), JSON_HEADER


def _is_micro_batch(tags: dict[str, Any]) -> bool:
    """Return whether ``seldon-batch-processor -s`` sent the request.

    It takes the response apart again: each row keeps its part of the table, but all tags, and so
    the labels of all rows.
    """
    return "batch_id" in tags and "batch_index" not in tags


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


def schemas(contract: Contract, example: dict[str, Any]) -> MessageSchemas:
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
    return MessageSchemas(request, response, {"jsonData": example})
