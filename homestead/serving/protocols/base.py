"""One codec a protocol: bytes to rows, and a prediction to bytes."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

import msgspec
import numpy as np

from homestead.prediction_log import spool
from homestead.problem.contract import Contract
from homestead.serving.errors import RefusedError
from homestead.serving.inputs.field_checks import describe_value


class PredictionRequest(msgspec.Struct):
    """What a request holds: rows of named fields, or a matrix of model inputs.

    Attributes:
        id: the client's own, if any.
        explain: the client asks for contributions.
        form: which of its protocol's forms the answer takes, where there are several.
        outputs: the outputs that the client wants; all if empty.
    """

    rows: list[dict[str, Any]] | None
    matrix: list[list[Any]] | None = None
    id: str | None = None
    explain: bool = False
    form: str = ""
    outputs: tuple[str, ...] = ()


class PredictionResponse(msgspec.Struct):
    """A prediction of rows, with what identifies it.

    Attributes:
        values: by row, the value or each class's probability.
        stale: views of which a value older than its time to live was served.
        contributions: (rows, features + 1) or, by class, (rows, features + 1, classes), the last
            of them the base value; they add up to the prediction. None where nobody asked.
        form, outputs: as the request has them.
    """

    id: str
    request_id: str | None
    contract: Contract
    version: str
    digest: str
    values: list[Any]
    stale: Collection[str] = ()
    contributions: np.ndarray | None = None
    form: str = ""
    outputs: tuple[str, ...] = ()

    @property
    def labels(self) -> list[str] | None:
        """The likeliest class of each row; None for a regression."""
        if not self.contract.classes:
            return None
        return [self.contract.classes[row.index(max(row))] for row in self.values]

    @property
    def marks(self) -> dict[str, Any]:
        """What identifies the prediction and must be known of it, as every protocol says it."""
        marks: dict[str, Any] = {
            "prediction_id": self.id,
            "model_version": self.version,
            "digest": self.digest,
        }
        if self.stale:
            marks["stale_features"] = sorted(self.stale)
        return marks

    @property
    def explanation(self) -> dict[str, Any]:
        """The contributions with their names."""
        assert self.contributions is not None  # noqa: S101
        return {
            "names": [*self.contract.features, "base"],
            "values": self.contributions.tolist(),
        }


class FeedbackMessage(msgspec.Struct):
    """What a client says of a prediction later; see :class:`homestead.prediction_log.spool.FeedbackEntry`."""

    prediction_id: str
    truth: list[float | str]
    reward: float | None = None

    def line(self, name: str, problem: str, at: float) -> spool.FeedbackEntry:
        """What the prediction log keeps."""
        return spool.FeedbackEntry(name, problem, at, self.prediction_id, self.truth, self.reward)


class ProtocolAdapter(Protocol):
    """What a protocol's module offers."""

    NAME: str

    def predict_paths(self, problem: str) -> Sequence[str]:
        """Where predictions are asked for; ``{version}`` stands for a model version."""

    def pages(self, problem: str) -> Mapping[str, str]:
        """What can be read, by path: live, ready, server, metadata or status."""

    def decode(self, body: bytes) -> PredictionRequest: ...

    def answer(self, found: PredictionResponse) -> bytes: ...

    def error(self, status: int, reason: str, message: str) -> bytes: ...

    def page(self, kind: str, contract: Contract, version: str) -> Any:
        """A page's content while the model is ready."""

    def schemas(self, contract: Contract) -> tuple[dict[str, Any], dict[str, Any], Any]:
        """JSON Schemas of request and answer, and a request as an example."""


_DECODE = msgspec.json.Decoder().decode
encode_json = msgspec.json.Encoder().encode
_LONGEST_ID = 200
MAX_ROWS = 10_000


def decode_json_object(body: bytes) -> dict[str, Any]:
    """The JSON object of a request.

    Raises:
        RefusedError: it is none, or holds a key twice.
    """
    try:
        found = _DECODE(body)
        # A colon follows each key; where there are more, a key may have been there twice. The
        # cheaper count of keys goes first: it is never too high.
        colons = body.count(b":")
        if colons != _keys(found) and (b"\\" in body or colons != _colons(found)):
            json.loads(body, object_pairs_hook=_once)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RefusedError(400, "json", f"the body is not JSON: {error}") from None
    except RecursionError:
        raise RefusedError(400, "json", "the body is nested too deep") from None
    if not isinstance(found, dict):
        raise RefusedError(
            400, "json", f"the body is {describe_value(found)}, allowed is an object"
        )
    return found


def _keys(value: Any) -> int:
    """Keys of an object and of the objects right in it, or in its lists."""
    if type(value) is not dict:
        return -1
    found = len(value)
    for inner in value.values():
        if type(inner) is dict:
            found += len(inner)
        elif type(inner) is list:
            found += sum([len(one) for one in inner if type(one) is dict])
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
            raise RefusedError(400, "duplicate", f"{describe_value(key)} is there twice")
        seen.add(key)


def parse_request_id(value: Any, where: str) -> str | None:
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
            f"{where}: found {describe_value(value)}, allowed is a printable text of up to"
            f" {_LONGEST_ID} characters",
        )
    return value


def parse_flag(value: Any, where: str) -> bool:
    """A parameter that is true or false; None counts as false.

    Raises:
        RefusedError: it is something else.
    """
    if value is None or value is False or value == "false":
        return False
    if value is True or value == "true":
        return True
    raise RefusedError(
        400, "type", f"{where}: found {describe_value(value)}, allowed are true, false"
    )


def refuse_unknown_keys(found: dict[str, Any], allowed: tuple[str, ...], where: str) -> None:
    """Refuse keys that the protocol does not have.

    Raises:
        RefusedError: names the key.
    """
    for key in found:
        if key not in allowed:
            raise RefusedError(
                400,
                "unknown",
                f"{where}unknown key {describe_value(key)}; allowed are {', '.join(allowed)}",
            )


def named_rows(names: Any, table: Any, where: str) -> list[dict[str, Any]]:
    """Rows of fields from names and a table of values.

    Raises:
        RefusedError: the names are not unique texts, or a row has another number of values.
    """
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise RefusedError(400, "shape", f"{where}.names: allowed is a list of field names")
    if len(set(names)) != len(names):
        seen: set[str] = set()
        twice = next(name for name in names if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise RefusedError(
            400, "duplicate", f"{where}.names: {describe_value(twice)} is there twice"
        )
    rows = []
    for i, values in enumerate(table):
        if not isinstance(values, list) or len(values) != len(names):
            found = len(values) if isinstance(values, list) else type(values).__name__
            raise RefusedError(
                400, "shape", f"row {i}: found {found}, allowed are {len(names)} values"
            )
        rows.append(dict(zip(names, values, strict=True)))
    return rows
