"""Seldon's feedback messages: ground truth or a reward for an earlier prediction."""

from typing import Any

from homestead.problem.contract import Contract
from homestead.problem.target import class_label
from homestead.problem.values.listing import list_values
from homestead.serving.errors import RefusedError
from homestead.serving.inputs.field_checks import describe_value
from homestead.serving.protocols import json_schema
from homestead.serving.protocols.base import (
    FeedbackMessage,
    HeaderReader,
    MessageSchemas,
    no_header,
)
from homestead.serving.protocols.json_body import (
    encode_json,
    parse_request_id,
)
from homestead.serving.protocols.seldon_message import decode_message, parse_meta, parse_table
from homestead.serving.request_limits import MAX_ROWS

PATHS = ("/send-feedback", "/api/v1.0/feedback", "/api/v0.1/feedback")


def decode_feedback(
    body: bytes, contract: Contract, header: HeaderReader = no_header
) -> FeedbackMessage:
    """Decode a feedback message.

    It refers to the prediction that ``response.meta`` or else ``request.meta`` names: by the
    server's ``prediction_id``, or by the client's own ``puid``. Without truth a missing reward is
    zero, because Seldon's clients leave out a zero.

    Raises:
        RefusedError: the body does not follow the protocol.
    """
    content = decode_message(body, header)
    prediction_id = None
    for part in ("response", "request"):
        message = content.get(part) or {}
        if not isinstance(message, dict):
            raise RefusedError(400, "shape", f"{part}: allowed is an object")
        meta, tags = parse_meta(message.get("meta") or {}, f"{part}.meta")
        prediction_id = prediction_id or parse_request_id(
            tags.get("prediction_id"), f"{part}.meta.tags.prediction_id"
        )
        prediction_id = prediction_id or parse_request_id(meta.get("puid"), f"{part}.meta.puid")
    reward = content.get("reward")
    if reward is not None and type(reward) not in (int, float):
        raise RefusedError(
            400, "type", f"reward: found {describe_value(reward)}, allowed is a number"
        )
    truth = _parse_truth(content["truth"], contract) if content.get("truth") is not None else []
    if not truth and reward is None:
        reward = 0.0
    return FeedbackMessage(
        prediction_id, truth, None if reward is None else _finite_float(reward, "reward")
    )


def _parse_truth(truth: Any, contract: Contract) -> list[float | str]:
    if not isinstance(truth, dict):
        raise RefusedError(400, "shape", "truth: allowed is an object")
    data = truth.get("data")
    if not isinstance(data, dict):
        raise RefusedError(400, "shape", "truth.data: allowed is an object")
    table = parse_table(data)
    if len(table) > MAX_ROWS:
        raise RefusedError(413, "size", f"truth: found {len(table)} values, allowed are {MAX_ROWS}")
    values: list[float | str] = []
    for i, row in enumerate(table):
        value = row[0] if isinstance(row, list) and len(row) == 1 else row
        if contract.classes:
            value = class_label(value, contract.classes)
            if value not in contract.classes:
                allowed = list_values(contract.classes, value)
                raise RefusedError(
                    400,
                    "type",
                    f"truth: row {i}: found {describe_value(value)}, allowed are {allowed}",
                )
            values.append(value)
        elif type(value) in (int, float):
            values.append(_finite_float(value, f"truth: row {i}"))
        else:
            raise RefusedError(
                400, "type", f"truth: row {i}: found {describe_value(value)}, allowed is a number"
            )
    return values


def _finite_float(value: float, where: str) -> float:
    try:
        return float(value)
    except OverflowError:
        raise RefusedError(
            400,
            "range",
            f"{where}: found {describe_value(value)}, allowed is a double-precision number",
        ) from None


def encode_acknowledgement(message: FeedbackMessage, feedback_id: str | None) -> bytes:
    """Encode the body of the response to feedback.

    Args:
        feedback_id: None if the message is counted only, because it names no prediction.
    """
    if feedback_id is None:
        return encode_json({"meta": {}})
    return encode_json(
        {"meta": {"puid": message.prediction_id, "tags": {"feedback_id": feedback_id}}}
    )


def schemas(contract: Contract) -> MessageSchemas:
    """Return the schemas of feedback messages and of the responses to them."""
    message = json_schema.object_schema({"meta": json_schema.ANY_OBJECT}, allow_others=True)
    request = json_schema.object_schema(
        {
            "request": message,
            "response": message,
            "reward": {"type": "number"},
            "truth": json_schema.object_schema({"data": json_schema.ANY_OBJECT}, allow_others=True),
        },
        allow_others=True,
    )
    response = json_schema.object_schema({"meta": json_schema.ANY_OBJECT}, "meta")
    truth = contract.classes[0] if contract.classes else 1.0
    example = {
        "response": {"meta": {"tags": {"prediction_id": "the answer's own"}}},
        "truth": {"data": {"ndarray": [[truth]]}},
    }
    return MessageSchemas(request, response, example)
