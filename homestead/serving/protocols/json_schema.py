"""JSON Schemas of a contract's rows, for the OpenAPI document."""

import math
import re
from typing import Any

from homestead.problem.contract import Contract
from homestead.problem.sections.column import Column
from homestead.problem.values.booleans import FALSE_WORDS, TRUE_WORDS
from homestead.problem.values.listing import list_values
from homestead.problem.values.time_formats import EPOCH_UNITS
from homestead.serving.inputs.dependencies import DependencyGraph
from homestead.serving.inputs.notation import missing_markers

# A table may hold these categories as numbers, and so may a row of it.
_WHOLE_NUMBER = re.compile(r"0|-?[1-9][0-9]{0,14}")
# A list of thousands of values would stand in the document once for each protocol and path.
_MAX_ENUM = 100
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
    values: list[Any] = []
    types: list[str] = [column.type if column.type in ("integer", "number") else "string"]
    text = f"{column.description} ({column.unit})" if column.unit else column.description
    if column.type == "boolean":
        types = ["boolean", "integer", "string"]
        values = [True, False, 1, 0, *TRUE_WORDS, *FALSE_WORDS]
    elif column.type == "text" or column.is_learnt:
        types += ["integer"]
    elif column.is_open or len(column.allowed or ()) > _MAX_ENUM:
        types += ["number", "boolean"]
        known = f"such as {list_values(column.allowed or ())}"
        text = f"{text}; {known}" if text else known
    elif column.allowed:
        numbers = [int(value) for value in column.allowed if _WHOLE_NUMBER.fullmatch(value)]
        types += ["integer"] if numbers else []
        values = [*column.allowed, *numbers]
    if column.time_format:
        types += ["number"] if column.time_format in EPOCH_UNITS else []
        text = f"{text}; " * bool(text) + f"ISO 8601 or {column.time_format}"
    if column.nullable:
        types, values = [*types, "null"], [*values, None] if values else []
    schema: dict[str, Any] = {"type": types if len(types) > 1 else types[0]}
    if values:
        schema["enum"] = values
    if column.type == "timestamp" and column.time_format is None:
        schema["format"] = "date-time"
    if column.range:
        limits = [int(limit) if float(limit).is_integer() else limit for limit in column.range]
        schema["minimum"], schema["maximum"] = limits
    if column.type == "text":
        schema["maxLength"] = column.max_length
    if markers := [] if not column.nullable else _markers_outside(column, schema):
        schema = {"anyOf": [schema, {"enum": markers}]}
        named = list_values(list(dict.fromkeys(map(str, markers))))
        text = f"{text}; " * bool(text) + f"missing: {named}"
    if text:
        schema["description"] = text
    return schema


def _markers_outside(column: Column, schema: dict[str, Any]) -> list[Any]:
    """Return the markers of missing values that the schema of the column's values lacks."""

    def is_allowed(marker: Any) -> bool:
        if "enum" in schema:
            return marker in schema["enum"]
        types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        if isinstance(marker, str):
            return "string" in types
        is_number = "number" in types or ("integer" in types and float(marker).is_integer())
        low, high = schema.get("minimum", -math.inf), schema.get("maximum", math.inf)
        return bool(is_number and low <= marker <= high)

    return [marker for marker in dict.fromkeys(missing_markers(column)) if not is_allowed(marker)]


def example_row(contract: Contract) -> dict[str, Any]:
    """Return an example of a row.

    With views, it is the key and what else the model needs that no view supplies; without them,
    every column but the key and the timestamp. A time is that of the request.
    """
    identity = (*contract.key_columns, contract.timestamp)
    names = [name for name in contract.columns if name not in identity]
    if contract.views and contract.key:
        names = [*contract.key_columns, *_unsupplied_columns(contract)]
    return {name: _example_value(contract.columns[name]) for name in names}


def _unsupplied_columns(contract: Contract) -> list[str]:
    """Return what the model or a look-up needs beside the key, and no view supplies."""
    graph = DependencyGraph(contract)
    stored = {name for view in contract.views for name in view.features}
    needed = set(graph.required)
    for sources in graph.entity_sources(sorted(stored & graph.required)):
        needed.update(sources)
    needed -= {*stored, *contract.key_columns, contract.timestamp}
    return [
        name for name in contract.columns if name in needed and not contract.columns[name].nullable
    ]


def _example_value(column: Column) -> Any:
    if column.type == "boolean":
        return True
    if column.allowed:
        return column.allowed[0]
    if column.type == "timestamp":
        return "2015-01-31T00:00:00Z"
    if column.type in ("category", "text"):
        return "A1"
    low = column.range[0] if column.range else 1
    return int(low) if column.type == "integer" else low
