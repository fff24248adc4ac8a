"""Tensors as the Open Inference Protocol writes them."""

from typing import Any

from homestead.serving.errors import RefusedError
from homestead.serving.inputs.field_checks import describe_value
from homestead.serving.protocols.base import refuse_unknown_keys

TYPES = {
    **dict.fromkeys(("BOOL",), (bool,)),
    **dict.fromkeys([f"{sign}INT{bits}" for sign in ("", "U") for bits in (8, 16, 32, 64)], (int,)),
    **dict.fromkeys(("FP16", "FP32", "FP64"), (int, float)),
    "BYTES": (str,),
}
LONGEST_NAME = 200
_MOST_SIZES, _LARGEST_SIZE = 8, 10**9


def parameters_of(holder: dict[str, Any], where: str) -> dict[str, Any]:
    """The parameters of a request or a tensor, which the protocol leaves open.

    Raises:
        RefusedError: they are no object.
    """
    found = holder.get("parameters")
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise RefusedError(400, "shape", f"{where}parameters: allowed is an object")
    return found


def tensor_of(one: Any, where: str) -> tuple[str, list[int], list[Any]]:
    """A tensor's name, shape and values, flat.

    Raises:
        RefusedError: it is none, or holds something else than it says.
    """
    if not isinstance(one, dict):
        raise RefusedError(400, "shape", f"{where}: allowed is an object")
    refuse_unknown_keys(one, ("name", "shape", "datatype", "data", "parameters"), f"{where}: ")
    parameters_of(one, f"{where}.")
    name, shape, kind, data = (one.get(k) for k in ("name", "shape", "datatype", "data"))
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_NAME:
        raise RefusedError(
            400, "shape", f"{where}.name: found {describe_value(name)}, allowed is a name"
        )
    if not isinstance(kind, str) or kind not in TYPES:
        raise RefusedError(
            400,
            "type",
            f"{name}: found datatype {describe_value(kind)}, allowed are {', '.join(TYPES)}",
        )
    if (
        not isinstance(shape, list)
        or len(shape) > _MOST_SIZES
        or not all(type(n) is int and 0 < n <= _LARGEST_SIZE for n in shape)
    ):
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
    types = TYPES[kind]
    for i, value in enumerate(flat):
        if value is not None and type(value) not in types:
            at = f"row {i}: " if len(flat) > 1 else ""
            raise RefusedError(
                400, "type", f"{at}{name}: found {describe_value(value)}, allowed is {kind}"
            )
    return name, shape, flat
