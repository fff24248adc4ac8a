"""What is wrong with the content of a problem file, in sentences."""

import difflib
import reprlib
from collections.abc import Mapping, Sequence
from typing import Any

from homestead.problem.values.listing import list_values

_MAX_SHOWN_BITS = 256


def describe_error(error: Mapping[str, Any], schema: Mapping[str, Any]) -> list[str]:
    """Describe one of pydantic's errors in lines that name key, value found and values allowed.

    Args:
        error: an item of ``ValidationError.errors()``.
        schema: the model's JSON Schema.
    """
    path = [part for part in error["loc"] if part != "[key]"]
    schema_path = list(path)
    if path[0:1] == ["split"]:
        del path[1:2]  # the kind, by which pydantic chose what to check
    key = ".".join(str(part) for part in path)
    if error["type"] == "value_error":
        lines = str(error["ctx"]["error"]).splitlines()
        return [f"{key}: {line}" if key else line for line in lines]
    if error["type"] == "extra_forbidden":
        allowed = sorted(_keys_at(schema_path[:-1], schema))
        close = difflib.get_close_matches(str(path[-1]), allowed, 1)
        hint = f"did you mean {close[0]}? " if close else ""
        return [f"{key}: unknown key; {hint}allowed are {list_values(allowed, path[-1])}"]
    return [f"{key}: {_sentence(error)}"]


def _sentence(error: Mapping[str, Any]) -> str:
    value, kind = error["input"], error["type"]
    if kind == "missing":
        return "missing"
    found = f"a {type(value).__name__}" if isinstance(value, dict | list) else _shorten(value)
    if kind == "union_tag_invalid":
        return f"found kind {error['ctx']['tag']!r}, allowed are {error['ctx']['expected_tags']}"
    if kind == "literal_error" and value is None and "'null'" in error["ctx"]["expected"]:
        return f"found null without quotes, allowed are {error['ctx']['expected']}, in quotes"
    if kind == "literal_error":
        return f"found {found}, allowed are {error['ctx']['expected']}"
    if kind == "string_type":
        return f"found {found}, allowed is text (put it in quotes if YAML reads another type)"
    if kind == "string_pattern_mismatch":
        return f"found {found}, allowed are a-z, 0-9 and _, starting with a letter, at most 63"
    allowed = error["msg"].removeprefix("Input should be ")
    return f"found {found}, allowed is {allowed}"


def _shorten(value: Any) -> str:
    """Return a value as text, without the middle of a long one."""
    if isinstance(value, int) and value.bit_length() > _MAX_SHOWN_BITS:
        return f"an integer of {value.bit_length()} bits"
    return reprlib.repr(value) if isinstance(value, str) and len(value) > 200 else repr(value)


def _keys_at(path: Sequence[Any], schema: Mapping[str, Any]) -> list[str]:
    """Return the keys that a JSON Schema allows at a path in a document."""

    def resolve(node: Mapping[str, Any]) -> Mapping[str, Any]:
        name = node.get("$ref", "").rpartition("/")[2]
        return schema["$defs"][name] if name else node

    node = schema
    for part in path:
        if "oneOf" in node:  # of several kinds, the path names the one
            kinds = [resolve(option) for option in node["oneOf"]]
            node = next(kind for kind in kinds if kind["properties"]["kind"]["const"] == part)
            continue
        property_schema = node.get("properties", {}).get(part)
        patterns = list(node.get("patternProperties", {}).values())
        additional = node.get("additionalProperties")
        node = resolve(property_schema or (patterns[0] if patterns else None) or additional or {})
    return list(node.get("properties", {}))
