"""The Seldon protocol (v1): ``data`` with names and ndarray or tensor, or ``jsonData``."""

from typing import Any

from homestead.contract import Contract
from serving.codecs import Answer, Request, decode_object, encode, identity_of, named_rows, only
from serving.errors import RefusedError


def decode(body: bytes) -> Request:
    """Read a request.

    Raises:
        RefusedError: it is not of the protocol.
    """
    found = decode_object(body)
    only(found, ("data", "jsonData", "meta", "status"), "")
    meta = found.get("meta") or {}
    if not isinstance(meta, dict):
        raise RefusedError(400, "shape", "meta: allowed is an object")
    identity = identity_of(meta.get("puid"), "meta.puid")
    if ("data" in found) == ("jsonData" in found):
        raise RefusedError(400, "shape", "give either data or jsonData")
    if "jsonData" in found:
        rows = found["jsonData"]
        return Request(rows if isinstance(rows, list) else [rows], id=identity)
    data = found["data"]
    if not isinstance(data, dict):
        raise RefusedError(400, "shape", "data: allowed is an object")
    only(data, ("names", "ndarray", "tensor"), "data: ")
    table = _table(data)
    if not data.get("names"):
        return Request(None, table, identity)
    return Request(named_rows(data["names"], table, "data"), id=identity)


def _table(data: dict[str, Any]) -> list[Any]:
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


def answer(found: Answer) -> bytes:
    """The answer's body."""
    tags: dict[str, Any] = {
        "prediction_id": found.id,
        "model_version": found.version,
        "digest": found.digest,
    }
    if found.labels is not None:
        tags["labels"] = found.labels
        names, table = list(found.contract.classes), found.values.tolist()
    else:
        names, table = [found.contract.target], found.values.reshape(-1, 1).tolist()
    meta = {"puid": found.request_id or found.id, "tags": tags}
    return encode({"data": {"names": names, "ndarray": table}, "meta": meta})


def error(status: int, reason: str, message: str) -> bytes:
    """The body of a refusal."""
    return encode(
        {"status": {"code": status, "info": message, "reason": reason, "status": "FAILURE"}}
    )


def metadata(contract: Contract, version: str) -> dict[str, Any]:
    """What the model takes and gives."""
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
