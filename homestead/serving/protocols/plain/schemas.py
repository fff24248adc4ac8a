"""JSON Schemas of plain messages; those of Seldon's share their paths."""

from typing import Any

from homestead.problem.contract import Contract
from homestead.serving.protocols import json_schema, seldon
from homestead.serving.protocols.base import MessageSchemas


def message_schemas(contract: Contract, example: dict[str, Any]) -> MessageSchemas:
    """Return the schemas of requests and responses, and the example of a single row.

    Args:
        example: that row.
    """
    row = json_schema.row_schema(contract)
    columns = json_schema.object_schema(
        {name: json_schema.array_schema(field) for name, field in row["properties"].items()}
    )
    seldons = seldon.schemas(contract, example)
    request = {"anyOf": [row, json_schema.array_schema(row), columns, seldons.request]}
    response = {"anyOf": [*_responses(contract), seldons.response]}
    return MessageSchemas(request, response, example)


def _responses(contract: Contract) -> list[dict[str, Any]]:
    value: dict[str, Any] = {"type": "string" if contract.classes else "number"}
    number: dict[str, Any] = {"type": "number"}
    probabilities = _by_class(contract, number)
    by_row = {
        "prediction": value,
        **({"probabilities": probabilities} if contract.classes else {}),
        "interval": json_schema.object_schema(
            {"low": number, "high": number, "coverage": number}, "low", "high", "coverage"
        ),
        "contributions": json_schema.ANY_OBJECT,
    }
    numbers = json_schema.array_schema(number)
    by_column = {
        "predictions": json_schema.array_schema(value),
        **({"probabilities": _by_class(contract, numbers)} if contract.classes else {}),
        "interval": json_schema.object_schema(
            {"low": numbers, "high": numbers, "coverage": number}, "low", "high", "coverage"
        ),
        "contributions": json_schema.ANY_OBJECT,
    }
    text: dict[str, Any] = {"type": "string"}
    names = {"type": "array", "items": text}
    of_request = {
        "prediction_id": text,
        "request_id": text,
        "model_version": text,
        "digest": text,
        "stale_features": names,
        "unavailable_features": names,
    }
    required = ("prediction_id", "model_version", "digest")
    list_of_rows = json_schema.array_schema(json_schema.object_schema(by_row, "prediction"))
    return [
        json_schema.object_schema(by_row | of_request, "prediction", *required),
        json_schema.object_schema(
            {"predictions": list_of_rows} | of_request, "predictions", *required
        ),
        json_schema.object_schema(by_column | of_request, "predictions", *required),
    ]


def _by_class(contract: Contract, values: dict[str, Any]) -> dict[str, Any]:
    names = contract.classes
    return json_schema.object_schema(dict.fromkeys(names, values), *names)
