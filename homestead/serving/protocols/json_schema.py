"""A contract's rows as JSON Schema, for the OpenAPI document."""

from typing import Any

from homestead.problem.contract import Contract
from homestead.problem.parts import Column

ANY_OBJECT: dict[str, Any] = {"type": "object"}


def object_schema(
    properties: dict[str, Any], *required: str, extra: bool = False
) -> dict[str, Any]:
    """The schema of an object."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": extra,
    }


def array_schema(items: dict[str, Any], least: int = 1) -> dict[str, Any]:
    """The schema of a list."""
    return {"type": "array", "items": items, "minItems": least}


def row_schema(contract: Contract) -> dict[str, Any]:
    """A row of named fields. None is required: what is kept in a view can be looked up."""
    kept = {f: v.missing == "null" for v in contract.views for f in v.features}
    names = [*contract.columns, *kept, *contract.derived]
    return object_schema(
        {n: field_schema(contract, n, kept.get(n, False)) for n in dict.fromkeys(names)}
    )


def field_schema(contract: Contract, name: str, nullable: bool) -> dict[str, Any]:
    """One field's values."""
    column = contract.columns.get(name) or Column(type="number", nullable=nullable)
    kind = {"timestamp": "string", "category": "string"}.get(column.type, column.type)
    found: dict[str, Any] = {"type": [kind, "null"] if column.nullable else kind}
    if column.type == "timestamp":
        found["format"] = "date-time"
    if column.allowed:
        found["enum"] = [*column.allowed, *([None] if column.nullable else [])]
    if column.range:
        limits = [int(x) if float(x).is_integer() else x for x in column.range]
        found["minimum"], found["maximum"] = limits
    text = f"{column.description} ({column.unit})" if column.unit else column.description
    if text:
        found["description"] = text
    return found


def example_row(contract: Contract) -> dict[str, Any]:
    """A row by its key: what it lacks is looked up. Without views, every column."""
    names = (
        [contract.key]
        if contract.views
        else [n for n in contract.columns if n not in (contract.key, contract.timestamp)]
    )
    return {name: _example(contract.columns[name]) for name in names}


def _example(column: Column) -> Any:
    if column.type == "boolean":
        return True
    if column.allowed:
        return column.allowed[0]
    if column.type == "timestamp":
        return "2015-01-31T00:00:00Z"
    low = column.range[0] if column.range else 1
    return int(low) if column.type == "integer" else low


def outputs(contract: Contract) -> dict[str, Any]:
    """One row's values: the prediction, or each class's probability."""
    return array_schema({"type": "number"}) if contract.classes else {"type": "number"}
