"""One codec a protocol: bytes to rows, and a prediction to bytes."""

import json
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from homestead.contract import Contract
from serving.errors import RefusedError
from serving.fields import shown


@dataclass(frozen=True)
class Request:
    """What a request holds: rows of named fields, or a matrix of model inputs.

    Attributes:
        id: the client's own, if any.
    """

    rows: list[dict[str, Any]] | None
    matrix: list[list[Any]] | None = None
    id: str | None = None


@dataclass(frozen=True)
class Answer:
    """A prediction of rows, with what identifies it.

    Attributes:
        values: (rows,) or probabilities (rows, classes).
    """

    id: str
    request_id: str | None
    contract: Contract
    version: str
    digest: str
    values: np.ndarray

    @property
    def labels(self) -> list[str] | None:
        """The likeliest class of each row; None for a regression."""
        if not self.contract.classes:
            return None
        return [self.contract.classes[i] for i in self.values.argmax(axis=1)]


_DECODE = msgspec.json.Decoder().decode
encode = msgspec.json.Encoder().encode
_LONGEST_ID = 200


def decode_object(body: bytes) -> dict[str, Any]:
    """The JSON object of a request.

    Raises:
        RefusedError: it is none, or holds a key twice.
    """
    try:
        found = _DECODE(body)
        # A colon follows each key; where there are more, a key may have been there twice.
        if b"\\" in body or body.count(b":") != _colons(found):
            json.loads(body, object_pairs_hook=_once)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RefusedError(400, "json", f"the body is not JSON: {error}") from None
    except RecursionError:
        raise RefusedError(400, "json", "the body is nested too deep") from None
    if not isinstance(found, dict):
        raise RefusedError(400, "json", f"the body is {shown(found)}, allowed is an object")
    return found


def _colons(value: Any) -> int:
    if isinstance(value, dict):
        own = len(value) + sum(key.count(":") for key in value)
        return own + sum(_colons(v) for v in value.values() if isinstance(v, dict | list | str))
    if isinstance(value, list):
        return sum(_colons(v) for v in value if isinstance(v, dict | list | str))
    return value.count(":") if isinstance(value, str) else 0


def _once(pairs: list[tuple[str, Any]]) -> None:
    seen = set()
    for key, _ in pairs:
        if key in seen:
            raise RefusedError(400, "duplicate", f"{shown(key)} is there twice")
        seen.add(key)


def identity_of(value: Any, where: str) -> str | None:
    """A client's own id of its request, as it is echoed and logged.

    Raises:
        RefusedError: it is not a short text.
    """
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > _LONGEST_ID or not value.isprintable():
        raise RefusedError(
            400,
            "type",
            f"{where}: found {shown(value)}, allowed is a printable text of up to"
            f" {_LONGEST_ID} characters",
        )
    return value


def only(found: dict[str, Any], allowed: tuple[str, ...], where: str) -> None:
    """Refuse keys that the protocol does not have.

    Raises:
        RefusedError: names the key.
    """
    for key in found:
        if key not in allowed:
            raise RefusedError(
                400, "unknown", f"{where}unknown key {shown(key)}; allowed are {', '.join(allowed)}"
            )


def named_rows(names: Any, table: Any, where: str) -> list[dict[str, Any]]:
    """Rows of fields from names and a table of values.

    Raises:
        RefusedError: the names are not unique texts, or a row has another number of values.
    """
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise RefusedError(400, "shape", f"{where}.names: allowed is a list of field names")
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise RefusedError(400, "duplicate", f"{where}.names: {shown(twice)} is there twice")
    rows = []
    for i, values in enumerate(table):
        if not isinstance(values, list) or len(values) != len(names):
            found = len(values) if isinstance(values, list) else type(values).__name__
            raise RefusedError(
                400, "shape", f"row {i}: found {found}, allowed are {len(names)} values"
            )
        rows.append(dict(zip(names, values, strict=True)))
    return rows
