"""JSON Schemas of a contract's rows, for the OpenAPI document."""

from typing import Any

from homestead.problem.contract import Contract
from homestead.problem.sections import Column

ANY_OBJECT: dict[str, Any] = {"type": "object"}


def object_schema(
    properties: dict[str, Any], *required: str, allow_others: bool = False
) -> dict[str, Any]:
    """Return the schema of an object; ``allow_others`` permits other properties than these."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": allow_others,
    }


def array_schema(items: dict[str, Any], min_items: int = 1) -> dict[str, Any]:
    """Return the schema of a list."""
    return {"type": "array", "items": items, "minItems": min_items}


def row_schema(contract: Contract) -> dict[str, Any]:
    """Return the schema of a row of named fields.

    No field is required, since those that a view stores can be looked up.
    """
    stored = {name: view.missing == "null" for view in contract.views for name in view.features}
    names = dict.fromkeys([*contract.columns, *stored, *contract.derived])
    return object_schema(
        {name: field_schema(contract, name, stored.get(name, False)) for name in names}
    )


def field_schema(contract: Contract, name: str, nullable: bool) -> dict[str, Any]:
    """Return the schema of one field; ``nullable`` applies to a field that is not a column."""
    column = contract.columns.get(name) or Column(type="number", nullable=nullable)
    json_type = {"timestamp": "string", "category": "string"}.get(column.type, column.type)
    schema: dict[str, Any] = {"type": [json_type, "null"] if column.nullable else json_type}
    if column.type == "timestamp":
        schema["format"] = "date-time"
    if column.allowed:
        schema["enum"] = [*column.allowed, *([None] if column.nullable else [])]
    if column.range:
        limits = [int(limit) if float(limit).is_integer() else limit for limit in column.range]
        schema["minimum"], schema["maximum"] = limits
    text = f"{column.description} ({column.unit})" if column.unit else column.description
    if text:
        schema["description"] = text
    return schema


def example_row(contract: Contract) -> dict[str, Any]:
    """Return an example of a row.

    With views, which supply the rest, it is only the key; without them, every column but the key
    and the timestamp.
    """
    names = (
        [contract.key]
        if contract.views
        else [name for name in contract.columns if name not in (contract.key, contract.timestamp)]
    )
    return {name: _example_value(contract.columns[name]) for name in names}


def _example_value(column: Column) -> Any:
    if column.type == "boolean":
        return True
    if column.allowed:
        return column.allowed[0]
    if column.type == "timestamp":
        return "2015-01-31T00:00:00Z"
    low = column.range[0] if column.range else 1
    return int(low) if column.type == "integer" else low
