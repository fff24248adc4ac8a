"""The Seldon protocol (v1): ``data`` with names and ndarray or tensor, or ``jsonData``."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote_to_bytes

from homestead.problem.contract import Contract
from homestead.serving.errors import RefusedError
from homestead.serving.protocols import json_schema
from homestead.serving.protocols.base import (
    PredictionRequest,
    PredictionResponse,
    decode_json_object,
    encode_json,
    named_rows,
    parse_flag,
    parse_request_id,
    refuse_unknown_keys,
)

NAME = "Seldon"
KEYS = ("data", "jsonData", "meta", "status")


def predict_paths(problem: str) -> Sequence[str]:
    """Where predictions are asked for."""
    return ("/predict", "/api/v1.0/predictions")


def pages(problem: str) -> Mapping[str, str]:
    """What can be read, by path."""
    return {
        "/health/ping": "live",
        "/health/status": "ready",
        "/metadata": "metadata",
        "/api/v1.0/metadata": "metadata",
    }


def decode(body: bytes) -> PredictionRequest:
    """Read a request.

    Raises:
        RefusedError: it is not of the protocol.
    """
    found = decode_json_object(unwrapped(body))
    refuse_unknown_keys(found, KEYS, "")
    identity, explain = None, False
    if found.get("meta"):
        meta, tags = meta_of(found["meta"], "meta")
        identity = parse_request_id(meta.get("puid"), "meta.puid")
        explain = parse_flag(tags.get("explain"), "meta.tags.explain")
    if ("data" in found) == ("jsonData" in found):
        raise RefusedError(400, "shape", "give either data or jsonData")
    if "jsonData" in found:
        rows = found["jsonData"]
        return PredictionRequest(
            rows if isinstance(rows, list) else [rows], None, identity, explain
        )
    data = found["data"]
    if not isinstance(data, dict):
        raise RefusedError(400, "shape", "data: allowed is an object")
    refuse_unknown_keys(data, ("names", "ndarray", "tensor"), "data: ")
    table, form = table_of(data), "tensor" if "tensor" in data else "ndarray"
    if not data.get("names"):
        return PredictionRequest(None, table, identity, explain, form)
    return PredictionRequest(
        named_rows(data["names"], table, "data"), None, identity, explain, form
    )


def unwrapped(body: bytes) -> bytes:
    """The JSON of a body; Seldon's client sends it to a microservice as a form's field."""
    if body.startswith(b"json="):
        return unquote_to_bytes(body[5:].replace(b"+", b" "))
    return body


def meta_of(meta: Any, where: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """A message's ``meta`` and its ``tags``.

    Raises:
        RefusedError: they are no objects.
    """
    if not isinstance(meta, dict):
        raise RefusedError(400, "shape", f"{where}: allowed is an object")
    tags = meta.get("tags") or {}
    if not isinstance(tags, dict):
        raise RefusedError(400, "shape", f"{where}.tags: allowed is an object")
    return meta, tags


def table_of(data: dict[str, Any]) -> list[Any]:
    """The rows of a message's ``data``.

    Raises:
        RefusedError: it holds none, or another shape than it says.
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
    if not isinstance(values, list) or not _is_shape(shape, len(values)):
        raise RefusedError(
            400, "shape", "data.tensor: allowed is shape [rows, fields] and as many values"
        )
    width = shape[1]
    return [values[i * width : (i + 1) * width] for i in range(shape[0])]


def _is_shape(shape: Any, size: int) -> bool:
    return (
        isinstance(shape, list)
        and len(shape) == 2
        and all(type(n) is int and n > 0 for n in shape)
        and shape[0] * shape[1] == size
    )


def answer(found: PredictionResponse) -> bytes:
    """The answer's body."""
    tags = found.marks
    if found.labels is not None:
        tags["labels"] = found.labels
        names, table = list(found.contract.classes), found.values
    else:
        names, table = [found.contract.target], [[value] for value in found.values]
    if found.contributions is not None:
        tags["contributions"] = found.explanation
    data: dict[str, Any] = {"names": names}
    if found.form == "tensor":
        values = [value for row in table for value in row]
        data["tensor"] = {"shape": [len(table), len(names)], "values": values}
    else:
        data["ndarray"] = table
    return encode_json({"data": data, "meta": {"puid": found.request_id or found.id, "tags": tags}})


def error(status: int, reason: str, message: str) -> bytes:
    """The body of a refusal."""
    return encode_json(
        {"status": {"code": status, "info": message, "reason": reason, "status": "FAILURE"}}
    )


def page(kind: str, contract: Contract, version: str) -> Any:
    """A sign of life, or what the model takes and gives."""
    if kind == "live":
        return "pong"
    if kind == "ready":
        return {"status": "ok"}
    outputs = list(contract.classes) or [contract.target]
    return {
        "name": contract.problem,
        "versions": [version],
        "platform": "onnx",
        "inputs": [_tensor(list(contract.features))],
        "outputs": [_tensor(outputs)],
    }


def _tensor(names: list[str]) -> dict[str, Any]:
    return {"messagetype": "tensor", "schema": {"names": names, "shape": [len(names)]}}


def schemas(contract: Contract) -> tuple[dict[str, Any], dict[str, Any], Any]:
    """JSON Schemas of request and answer, and a request as an example."""
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
        }
    )
    meta = json_schema.object_schema(
        {"puid": {"type": "string"}, "tags": json_schema.ANY_OBJECT}, extra=True
    )
    request = json_schema.object_schema(
        {"jsonData": {"anyOf": [row, json_schema.array_schema(row)]}, "data": data, "meta": meta}
    )
    answer = json_schema.object_schema({"data": data, "meta": meta}, "data", "meta")
    return request, answer, {"jsonData": json_schema.example_row(contract)}
