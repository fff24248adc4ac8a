"""Reference of the problem file, from its JSON Schema."""

import json
from collections.abc import Iterator
from typing import Any

import yaml

from docs.site.markdown import code, code_block, table
from homestead.problem.json_schema import problem_schema
from homestead.problem.schema import Problem

_REFERENCE = "#/$defs/"


def problem_file() -> str:
    """Return the table of the file's keys, then one of the keys of each section."""
    schema = json.loads(problem_schema())
    # In the order in which the code declares them, which is the order in which one writes them.
    schema["properties"] = {
        name: schema["properties"][name] for name in Problem.model_json_schema()["properties"]
    }
    parts = ["## Keys of the file", *_keys(schema)]
    for name, section in schema["$defs"].items():
        places = _places(name, schema)
        parts += [f"## {_title(name, places)}", *_paragraph(section.get("description", ""))]
        parts += _keys(section)
    return "\n\n".join(parts)


def _title(name: str, places: list[str]) -> str:
    where = ", ".join(places)
    return f"{name}: `{where}`" if where else name


def _places(name: str, schema: dict[str, Any]) -> list[str]:
    """Return the keys under which a section stands, such as ``columns.<name>``."""
    places = []
    for key, value in schema["properties"].items():
        text = json.dumps(value)
        if f'"{_REFERENCE}{name}"' in text:
            if value.get("type") == "array":
                places.append(f"{key}[]")
            elif "$ref" not in value and value.get("type") == "object":
                places.append(f"{key}.<name>")
            else:
                places.append(key)
    return places


def _paragraph(text: str) -> Iterator[str]:
    if text:
        yield " ".join(text.split())


def _keys(section: dict[str, Any]) -> Iterator[str]:
    required = section.get("required", [])
    rows = []
    examples = []
    for name, value in section.get("properties", {}).items():
        default = "required" if name in required else _default(value)
        rows.append([code(name), _type(value), default, value.get("description", "")])
        examples += [f"{name}: {_flow(example)}" for example in value.get("examples", [])[:1]]
    yield table(["key", "value", "default", "meaning"], rows)
    if examples:
        yield "Examples:"
        yield code_block("\n".join(examples), "yaml")


def _default(value: dict[str, Any]) -> str:
    if "default" not in value or value["default"] in (None, "", [], {}):
        return ""
    if isinstance(value["default"], dict):
        return "see there"
    return code(_flow(value["default"]))


def _flow(value: Any) -> str:
    """Return a value as YAML on one line, with quotes where YAML needs them."""
    text = yaml.safe_dump(
        value, default_flow_style=True, allow_unicode=True, sort_keys=False, width=1000
    )
    # YAML ends a document that is a plain text or number by dots.
    return text.strip().removesuffix("...").strip()


def _type(value: dict[str, Any]) -> str:
    if "$ref" in value:
        return str(value["$ref"]).removeprefix(_REFERENCE)
    if "const" in value:
        return code(_flow(value["const"]))
    if "enum" in value:
        return ", ".join(code(_flow(item)) for item in value["enum"])
    for several in ("anyOf", "oneOf"):
        if several in value:
            kinds = [_type(item) for item in value[several] if item.get("type") != "null"]
            return " or ".join(dict.fromkeys(kinds))
    return _plain_type(value)


def _plain_type(value: dict[str, Any]) -> str:
    kind = value.get("type", "any")
    if kind == "array":
        return f"list of {_type(value.get('items', {}))}"
    if kind == "object":
        inner = value.get("additionalProperties")
        inner = next(iter(value.get("patternProperties", {}).values()), inner)
        return f"name: {_type(inner)}" if isinstance(inner, dict) else "mapping"
    return f"{kind}{_range(value)}"


def _range(value: dict[str, Any]) -> str:
    signs = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    limits = [f"{sign} {value[key]:g}" for key, sign in signs.items() if key in value]
    return f" {', '.join(limits)}" if limits else ""
