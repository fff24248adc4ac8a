"""One codec a protocol: bytes to rows, and a prediction to bytes."""

from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from homestead.contract import Contract
from serving.errors import RefusedError


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


def decode_object(body: bytes) -> dict[str, Any]:
    """The JSON object of a request.

    Raises:
        RefusedError: it is none.
    """
    try:
        found = _DECODE(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RefusedError(400, "json", f"the body is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise RefusedError(
            400, "json", f"the body is a {type(found).__name__}, allowed is an object"
        )
    return found


def only(found: dict[str, Any], allowed: tuple[str, ...], where: str) -> None:
    """Refuse keys that the protocol does not have.

    Raises:
        RefusedError: names the key.
    """
    for key in found:
        if key not in allowed:
            raise RefusedError(
                400, "unknown", f"{where}unknown key {key}; allowed are {', '.join(allowed)}"
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
        raise RefusedError(400, "shape", f"{where}.names: {twice} is there twice")
    rows = []
    for i, values in enumerate(table):
        if not isinstance(values, list) or len(values) != len(names):
            found = len(values) if isinstance(values, list) else type(values).__name__
            raise RefusedError(
                400, "shape", f"row {i}: found {found}, allowed are {len(names)} values"
            )
        rows.append(dict(zip(names, values, strict=True)))
    return rows
