"""Input tensors of the Open Inference Protocol."""

from typing import Any

from homestead.serving.errors import RefusedError
from homestead.serving.inputs.field_checks import describe_value
from homestead.serving.protocols.json_body import check_row_count
from homestead.serving.protocols.tensors.binary import SIZE_PARAMETER, BinaryValues

# Limits of the integers, by datatype.
_INTEGER_LIMITS = {
    **{f"INT{bits}": (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for bits in (8, 16, 32, 64)},
    **{f"UINT{bits}": (0, 2**bits - 1) for bits in (8, 16, 32, 64)},
}
# Python types that a value may have, by datatype.
VALUE_TYPES = {
    **dict.fromkeys(("BOOL",), (bool,)),
    **dict.fromkeys(_INTEGER_LIMITS, (int,)),
    **dict.fromkeys(("FP16", "FP32", "FP64", "BF16"), (int, float)),
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


def parse_tensor(
    content: Any, where: str, binary: BinaryValues
) -> tuple[str, list[int], list[Any]]:
    """Return the name, the shape and the flat values of an input tensor.

    Args:
        where: its place, for messages.
        binary: what follows the JSON.

    Raises:
        RefusedError: the name or the datatype is not allowed, or the values do not match the shape
            or the datatype.
    """
    if not isinstance(content, dict):
        raise RefusedError(400, "shape", f"{where}: allowed is an object")
    parameters = parse_parameters(content, f"{where}.")
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
    if shape:
        check_row_count(shape[0])
    size = 1
    for n in shape:
        size *= n
    if SIZE_PARAMETER in parameters:
        if data is not None:
            raise RefusedError(400, "shape", f"{name}: give either data or {SIZE_PARAMETER}")
        return name, shape, binary.take(name, datatype, size, parameters[SIZE_PARAMETER])
    if not isinstance(data, list):
        raise RefusedError(
            400, "shape", f"{name}: data: allowed is a list, or {SIZE_PARAMETER} instead of it"
        )
    values = _flatten(data) if data and isinstance(data[0], list) else data
    if size != len(values):
        raise RefusedError(
            400, "shape", f"{name}: found {len(values)} values, shape {shape} has {size}"
        )
    _check_values(name, datatype, values)
    return name, shape, values


def _check_values(name: str, datatype: str, values: list[Any]) -> None:
    types = VALUE_TYPES[datatype]
    for i, value in enumerate(values):
        if value is not None and type(value) not in types:
            raise RefusedError(
                400,
                "type",
                f"{_place(i, values)}{name}: found {describe_value(value)}, allowed is {datatype}",
            )
    if datatype not in _INTEGER_LIMITS:
        return
    low, high = _INTEGER_LIMITS[datatype]
    for i, value in enumerate(values):
        if value is not None and not low <= value <= high:
            raise RefusedError(
                400,
                "range",
                f"{_place(i, values)}{name}: found {describe_value(value)}, allowed is {datatype}:"
                f" {low} to {high}",
            )


def _place(index: int, values: list[Any]) -> str:
    return f"row {index}: " if len(values) > 1 else ""


def _flatten(data: list[Any]) -> list[Any]:
    """Return the values of a list of rows; a list of something else is left to the checks."""
    if all(isinstance(row, list) for row in data):
        return [value for row in data for value in row]
    return data
