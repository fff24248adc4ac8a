"""Seldon's feedback: what a client says of a prediction later."""

from typing import Any

from homestead.problem.contract import Contract
from homestead.serving.errors import RefusedError
from homestead.serving.inputs.field_checks import describe_value
from homestead.serving.protocols import json_schema
from homestead.serving.protocols.base import (
    MAX_ROWS,
    FeedbackMessage,
    decode_json_object,
    encode_json,
    parse_request_id,
    refuse_unknown_keys,
)
from homestead.serving.protocols.seldon import KEYS, meta_of, table_of, unwrapped

PATHS = ("/send-feedback", "/api/v1.0/feedback")


def decode(body: bytes, contract: Contract) -> FeedbackMessage:
    """Read a feedback message: the prediction is the one that ``response.meta`` (or the request's
    own ``puid``) names.

    Raises:
        RefusedError: it is not of the protocol, names no prediction or says nothing of it.
    """
    found = decode_json_object(unwrapped(body))
    refuse_unknown_keys(found, ("request", "response", "reward", "truth"), "")
    named = None
    for part in ("response", "request"):
        message = found.get(part) or {}
        if not isinstance(message, dict):
            raise RefusedError(400, "shape", f"{part}: allowed is an object")
        meta, tags = meta_of(message.get("meta") or {}, f"{part}.meta")
        named = named or parse_request_id(
            tags.get("prediction_id"), f"{part}.meta.tags.prediction_id"
        )
        named = named or parse_request_id(meta.get("puid"), f"{part}.meta.puid")
    if named is None:
        raise RefusedError(
            400, "missing", "response.meta: allowed is the prediction's own, found none"
        )
    reward = found.get("reward")
    if reward is not None and type(reward) not in (int, float):
        raise RefusedError(
            400, "type", f"reward: found {describe_value(reward)}, allowed is a number"
        )
    truth = _truth(found["truth"], contract) if found.get("truth") is not None else []
    if not truth and reward is None:
        raise RefusedError(400, "missing", "give truth, reward or both")
    return FeedbackMessage(named, truth, None if reward is None else _finite(reward, "reward"))


def _truth(truth: Any, contract: Contract) -> list[float | str]:
    if not isinstance(truth, dict):
        raise RefusedError(400, "shape", "truth: allowed is an object")
    refuse_unknown_keys(truth, KEYS, "truth: ")
    data = truth.get("data")
    if not isinstance(data, dict):
        raise RefusedError(400, "shape", "truth.data: allowed is an object")
    values: list[float | str] = []
    table = table_of(data)
    if len(table) > MAX_ROWS:
        raise RefusedError(413, "size", f"found {len(table)} truths, allowed are {MAX_ROWS}")
    for i, row in enumerate(table):
        value = row[0] if isinstance(row, list) and len(row) == 1 else row
        if contract.classes:
            if value not in contract.classes:
                allowed = ", ".join(contract.classes)
                raise RefusedError(
                    400,
                    "type",
                    f"truth: row {i}: found {describe_value(value)}, allowed are {allowed}",
                )
            values.append(value)
        elif type(value) in (int, float):
            values.append(_finite(value, f"truth: row {i}"))
        else:
            raise RefusedError(
                400, "type", f"truth: row {i}: found {describe_value(value)}, allowed is a number"
            )
    return values


def _finite(value: float, where: str) -> float:
    try:
        return float(value)
    except OverflowError:
        raise RefusedError(
            400, "range", f"{where}: found {describe_value(value)}, too large"
        ) from None


def answer(found: FeedbackMessage, feedback_id: str) -> bytes:
    """The answer to feedback."""
    return encode_json(
        {"meta": {"puid": found.prediction_id, "tags": {"feedback_id": feedback_id}}}
    )


def schemas(contract: Contract) -> tuple[dict[str, Any], dict[str, Any], Any]:
    """JSON Schemas of a message and of the answer to it, and a message as an example."""
    message = json_schema.object_schema({"meta": json_schema.ANY_OBJECT}, extra=True)
    request = json_schema.object_schema(
        {
            "request": message,
            "response": message,
            "reward": {"type": "number"},
            "truth": json_schema.object_schema({"data": json_schema.ANY_OBJECT}, extra=True),
        }
    )
    truth = contract.classes[0] if contract.classes else 1.0
    example = {
        "response": {"meta": {"tags": {"prediction_id": "the answer's own"}}},
        "truth": {"data": {"ndarray": [[truth]]}},
    }
    return request, json_schema.object_schema({"meta": json_schema.ANY_OBJECT}, "meta"), example
