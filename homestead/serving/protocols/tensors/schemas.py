"""JSON Schemas of messages of the Open Inference Protocol."""

from typing import Any

from homestead.serving.protocols import json_schema
from homestead.serving.protocols.base import MessageSchemas
from homestead.serving.protocols.json_body import MAX_ID_CHARACTERS
from homestead.serving.protocols.tensors.inputs import MAX_NAME_CHARACTERS, VALUE_TYPES
from homestead.serving.protocols.tensors.outputs import OUTPUT_NAMES


def message_schemas(example: dict[str, Any]) -> MessageSchemas:
    """Return the schemas of prediction requests and responses.

    Args:
        example: the row of the example.
    """
    tensor = json_schema.object_schema(
        {
            "name": {"type": "string", "minLength": 1, "maxLength": MAX_NAME_CHARACTERS},
            "shape": json_schema.array_schema({"type": "integer", "minimum": 1}),
            "datatype": {"type": "string", "enum": list(VALUE_TYPES)},
            "data": json_schema.array_schema({}),
            "parameters": json_schema.ANY_OBJECT,
        },
        *("name", "shape", "datatype"),
        allow_others=True,
    )
    requested_output = json_schema.object_schema(
        {"name": {"enum": list(OUTPUT_NAMES)}, "parameters": json_schema.ANY_OBJECT},
        "name",
        allow_others=True,
    )
    request = json_schema.object_schema(
        {
            "id": {"type": "string", "maxLength": MAX_ID_CHARACTERS},
            "inputs": json_schema.array_schema(tensor),
            "outputs": json_schema.array_schema(requested_output, 0),
            "parameters": json_schema.ANY_OBJECT,
        },
        "inputs",
        allow_others=True,
    )
    response = json_schema.object_schema(
        {
            "id": {"type": "string"},
            "model_name": {"type": "string"},
            "model_version": {"type": "string"},
            "parameters": json_schema.ANY_OBJECT,
            "outputs": json_schema.array_schema(tensor, 0),
        },
        *("id", "model_name", "outputs"),
    )
    datatypes = {int: "INT64", float: "FP64", bool: "BOOL", str: "BYTES"}
    inputs = [
        {"name": name, "shape": [1], "datatype": datatypes[type(value)], "data": [value]}
        for name, value in example.items()
    ]
    return MessageSchemas(request, response, {"inputs": inputs})
