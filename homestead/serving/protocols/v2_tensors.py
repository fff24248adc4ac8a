"""Input tensors of the Open Inference Protocol."""

from typing import Any

from homestead.serving.errors import RefusedError
from homestead.serving.inputs.field_checks import describe_value
from homestead.serving.protocols.json_body import refuse_unknown_keys

# Python types that a value may have, by datatype.
VALUE_TYPES = {
    **dict.fromkeys(("BOOL",), (bool,)),
    **dict.fromkeys([f"{sign}INT{bits}" for sign in ("", "U") for bits in (8, 16, 32, 64)], (int,)),
    **dict.fromkeys(("FP16", "FP32", "FP64"), (int, float)),
    "BYTES": (str,),
}
MAX_NAME_CHARACTERS = 200
_MAX_DIMENSIONS, _MAX_DIMENSION = 8, 10**9


def parse_parameters(holder: dict[str, Any], where: str) -> dict[str, Any]:
    """Return the parameters of a request or tensor, whose keys the protocol leaves open.

    Raises:
        RefusedError: they are not an object.
    """
    parameters = holder.get("parameters")
    if parameters is None:
        return {}
    if not isinstance(parameters, dict):
        raise RefusedError(400, "shape", f"{where}parameters: allowed is an object")
    return parameters


def parse_tensor(content: Any, where: str) -> tuple[str, list[int], list[Any]]:
    """Return the name, the shape and the flat values of an input tensor.

    Raises:
        RefusedError: a key, the name or the datatype is not allowed, or the values do not match
            the shape or the datatype.
    """
    if not isinstance(content, dict):
        raise RefusedError(400, "shape", f"{where}: allowed is an object")
    refuse_unknown_keys(content, ("name", "shape", "datatype", "data", "parameters"), f"{where}: ")
    parse_parameters(content, f"{where}.")
    name, shape, datatype, data = (content.get(k) for k in ("name", "shape", "datatype", "data"))
    if not isinstance(name, str) or not 0 < len(name) <= MAX_NAME_CHARACTERS:
        raise RefusedError(
            400, "shape", f"{where}.name: found {describe_value(name)}, allowed is a name"
        )
    if not isinstance(datatype, str) or datatype not in VALUE_TYPES:
        raise RefusedError(
            400,
            "type",
            f"{name}: found datatype {describe_value(datatype)},"
            f" allowed are {', '.join(VALUE_TYPES)}",
        )
    if (
        not isinstance(shape, list)
        or len(shape) > _MAX_DIMENSIONS
        or not all(type(n) is int and 0 < n <= _MAX_DIMENSION for n in shape)
    ):
        raise RefusedError(400, "shape", f"{name}: shape: allowed is a list of sizes above 0")
    if not isinstance(data, list):
        raise RefusedError(400, "shape", f"{name}: data: allowed is a list")
    values = _flatten(data) if data and isinstance(data[0], list) else data
    size = 1
    for n in shape:
        size *= n
    if size != len(values):
        raise RefusedError(
            400, "shape", f"{name}: found {len(values)} values, shape {shape} has {size}"
        )
    types = VALUE_TYPES[datatype]
    for i, value in enumerate(values):
        if value is not None and type(value) not in types:
            row = f"row {i}: " if len(values) > 1 else ""
            raise RefusedError(
                400, "type", f"{row}{name}: found {describe_value(value)}, allowed is {datatype}"
            )
    return name, shape, values


def _flatten(data: list[Any]) -> list[Any]:
    """Return the values of a list of rows; a list of something else is left to the checks."""
    if all(isinstance(row, list) for row in data):
        return [value for row in data for value in row]
    return data
