"""Parts of Seldon's messages that predictions and feedback share: forms, ``meta`` and tables."""

import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

from homestead.serving.errors import RefusedError
from homestead.serving.inputs.field_checks import describe_value
from homestead.serving.protocols.base import HeaderReader
from homestead.serving.protocols.json_body import check_row_count, decode_json_object
from homestead.serving.protocols.multipart import form_fields

# In a form, this field is text, all others are JSON.
_TEXT_FIELD = "strData"


def decode_message(body: bytes, header: HeaderReader) -> dict[str, Any]:
    """Decode a message: JSON, JSON in a form's field ``json``, or a form with a field for each key.

    Raises:
        RefusedError: the body is none of them.
    """
    if body.startswith(b"--"):  # JSON never does
        fields = form_fields(body, header(b"content-type"))
        return {name: _field_value(name, content) for name, content in fields.items()}
    if body.startswith(b"json="):  # so Seldon's client sends it to a microservice
        body = unquote_to_bytes(body[5:].replace(b"+", b" "))
    return decode_json_object(body)


def _field_value(name: str, content: bytes) -> Any:
    if name == _TEXT_FIELD:
        return content.decode("utf-8", "replace")
    try:
        value = decode_json_object(b'{"value":' + content + b"}")
    except RefusedError as error:
        raise error.prefixed(f"{name}: ") from None
    if value.keys() != {"value"}:
        raise RefusedError(400, "json", f"{name}: the field is not JSON")
    return value["value"]


def parse_meta(meta: Any, where: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a message's ``meta`` and its ``tags``.

    Raises:
        RefusedError: one of them is not an object.
    """
    if not isinstance(meta, dict):
        raise RefusedError(400, "shape", f"{where}: allowed is an object")
    return meta, _parse_object(meta, "tags", where)


def returned_meta(meta: dict[str, Any], tags: dict[str, Any]) -> dict[str, Any] | None:
    """Return what a response repeats of its request's ``meta``, None if there is nothing.

    Raises:
        RefusedError: the path is not an object.
    """
    request_path = _parse_object(meta, "requestPath", "meta")
    if not tags and not request_path:
        return None
    return {"tags": tags, "requestPath": request_path}


def _parse_object(meta: dict[str, Any], key: str, where: str) -> dict[str, Any]:
    value = meta.get(key) or {}
    if not isinstance(value, dict):
        raise RefusedError(
            400, "shape", f"{where}.{key}: found {describe_value(value)}, allowed is an object"
        )
    return value


def own_request_path(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the graph node and the image that Seldon's operator says this server is, if it does.

    Responses show it as ``meta.requestPath``, together with the nodes before this one.
    """
    name = environment.get("PREDICTIVE_UNIT_ID")
    image = environment.get("PREDICTIVE_UNIT_IMAGE", "NOT_IMPLEMENTED:NOT_IMPLEMENTED")
    return {} if name is None else {name: image}


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
    check_row_count(shape[0])
    width = shape[1]
    return [values[i * width : (i + 1) * width] for i in range(shape[0])]


def _is_table_shape(shape: Any, size: int) -> bool:
    return (
        isinstance(shape, list)
        and len(shape) == 2
        and all(type(n) is int and n > 0 for n in shape)
        and shape[0] * shape[1] == size
    )
