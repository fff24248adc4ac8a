"""The Open Inference Protocol (V2): one input a field, or one matrix named X."""

from typing import Any

from homestead.contract import Contract
from serving.codecs import Answer, Request, decode_object, encode, identity_of, only
from serving.errors import RefusedError
from serving.fields import shown

_TYPES = {
    **dict.fromkeys(("BOOL",), (bool,)),
    **dict.fromkeys([f"{sign}INT{bits}" for sign in ("", "U") for bits in (8, 16, 32, 64)], (int,)),
    **dict.fromkeys(("FP16", "FP32", "FP64"), (int, float)),
    "BYTES": (str,),
}
MATRIX = "X"
_LONGEST_NAME = 200


def decode(body: bytes) -> Request:
    """Read a request.

    Raises:
        RefusedError: it is not of the protocol.
    """
    found = decode_object(body)
    only(found, ("id", "inputs", "outputs", "parameters"), "")
    identity = identity_of(found.get("id"), "id")
    inputs = found.get("inputs")
    if not isinstance(inputs, list) or not inputs:
        raise RefusedError(400, "shape", "inputs: allowed is a list with at least one input")
    columns: dict[str, list[Any]] = {}
    for i, one in enumerate(inputs):
        name, shape, values = _input(one, f"inputs[{i}]")
        if name == MATRIX and len(inputs) == 1 and len(shape) == 2:
            width = shape[1]
            rows = [values[at * width : (at + 1) * width] for at in range(shape[0])]
            return Request(None, rows, identity)
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
    return Request([dict(zip(columns, row, strict=True)) for row in rows_of], id=identity)


def _input(one: Any, where: str) -> tuple[str, list[int], list[Any]]:
    if not isinstance(one, dict):
        raise RefusedError(400, "shape", f"{where}: allowed is an object")
    only(one, ("name", "shape", "datatype", "data", "parameters"), f"{where}: ")
    name, shape, kind, data = (one.get(k) for k in ("name", "shape", "datatype", "data"))
    if not isinstance(name, str) or not 0 < len(name) <= _LONGEST_NAME:
        raise RefusedError(400, "shape", f"{where}.name: found {shown(name)}, allowed is a name")
    if not isinstance(kind, str) or kind not in _TYPES:
        raise RefusedError(
            400, "type", f"{name}: found datatype {shown(kind)}, allowed are {', '.join(_TYPES)}"
        )
    if not isinstance(shape, list) or not all(type(n) is int and n > 0 for n in shape):
        raise RefusedError(400, "shape", f"{name}: shape: allowed is a list of sizes above 0")
    if not isinstance(data, list):
        raise RefusedError(400, "shape", f"{name}: data: allowed is a list")
    flat = (
        [v for row in data for v in row]
        if data and isinstance(data[0], list) and all(isinstance(row, list) for row in data)
        else data
    )
    size = 1
    for n in shape:
        size *= n
    if size != len(flat):
        raise RefusedError(
            400, "shape", f"{name}: found {len(flat)} values, shape {shape} has {size}"
        )
    types = _TYPES[kind]
    for i, value in enumerate(flat):
        if value is not None and type(value) not in types:
            at = f"row {i}: " if len(flat) > 1 else ""
            raise RefusedError(400, "type", f"{at}{name}: found {shown(value)}, allowed is {kind}")
    return name, shape, flat


def answer(found: Answer) -> bytes:
    """The answer's body."""
    rows = len(found.values)
    outputs: list[dict[str, Any]] = []
    if found.labels is not None:
        outputs.append(_output("predict", "BYTES", [rows], found.labels))
        probabilities = found.values.ravel().tolist()
        outputs.append(_output("probabilities", "FP64", list(found.values.shape), probabilities))
    else:
        outputs.append(_output("predict", "FP64", [rows], found.values.tolist()))
    return encode(
        {
            "id": found.request_id or found.id,
            "model_name": found.contract.problem,
            "model_version": found.version,
            "parameters": {"prediction_id": found.id, "digest": found.digest},
            "outputs": outputs,
        }
    )


def _output(name: str, kind: str, shape: list[int], data: list[Any]) -> dict[str, Any]:
    return {"name": name, "datatype": kind, "shape": shape, "data": data}


def error(status: int, reason: str, message: str) -> bytes:
    """The body of a refusal."""
    return encode({"error": message})


def metadata(contract: Contract, version: str) -> dict[str, Any]:
    """What the model takes and gives: the matrix, and the fields that may be sent instead."""
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
