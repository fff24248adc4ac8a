"""A problem file's text: reading its YAML, and saying what is wrong with it."""

import difflib
from collections.abc import Hashable, Mapping
from typing import Any

import yaml

from homestead.errors import UserError


class _Loader(yaml.SafeLoader):
    """YAML in which a key stands once: the later of two would silently win."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, Hashable) and key in seen:
                line = key_node.start_mark.line + 1
                raise yaml.constructor.ConstructorError(
                    problem=f"the key {key} stands twice, again in line {line}"
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


def read_yaml(text: str, origin: str) -> dict[str, Any]:
    """The mapping that a YAML text holds.

    Raises:
        UserError: not YAML, a key stands twice, or it is no mapping.
    """
    try:
        # A subclass of SafeLoader: it makes plain values only.
        raw = yaml.load(text, _Loader)  # noqa: S506
    except yaml.YAMLError as error:
        reason = " ".join(str(error).split())
        raise UserError(f"{origin}: not YAML: {reason}") from None
    if not isinstance(raw, dict):
        raise UserError(f"{origin}: found {type(raw).__name__}, allowed is a mapping of keys")
    return raw


def describe_error(fault: Mapping[str, Any], schema: Mapping[str, Any]) -> list[str]:
    """One of pydantic's errors as lines that name the key, what was found and what is allowed.

    Args:
        fault: an item of ``ValidationError.errors()``.
        schema: the model's JSON Schema.
    """
    place = [part for part in fault["loc"] if part != "[key]"]
    key = ".".join(str(part) for part in place)
    if fault["type"] == "value_error":
        lines = str(fault["ctx"]["error"]).splitlines()
        return [f"{key}: {line}" if key else line for line in lines]
    if fault["type"] == "extra_forbidden":
        allowed = sorted(_keys_at(place[:-1], schema))
        close = difflib.get_close_matches(str(place[-1]), allowed, 1)
        hint = f"did you mean {close[0]}? " if close else ""
        return [f"{key}: unknown key; {hint}allowed are {', '.join(allowed)}"]
    return [f"{key}: {_sentence(fault)}"]


def _sentence(fault: Mapping[str, Any]) -> str:
    found, kind = fault["input"], fault["type"]
    if kind == "missing":
        return "missing"
    shown = f"a {type(found).__name__}" if isinstance(found, dict | list) else repr(found)
    if kind == "literal_error":
        return f"found {shown}, allowed are {fault['ctx']['expected']}"
    if kind == "string_type":
        return f"found {shown}, allowed is text (in quotes, where YAML sees something else)"
    if kind == "string_pattern_mismatch":
        return f"found {shown}, allowed are a-z, 0-9 and _, a letter first, at most 63"
    wanted = fault["msg"].removeprefix("Input should be ")
    return f"found {shown}, allowed is {wanted}"


def _keys_at(place: list[Any], schema: Mapping[str, Any]) -> list[str]:
    """The keys that a JSON Schema knows at a place in a document."""

    def resolved(node: Mapping[str, Any]) -> Mapping[str, Any]:
        name = node.get("$ref", "").rpartition("/")[2]
        return schema["$defs"][name] if name else node

    node = schema
    for part in place:
        named = node.get("properties", {}).get(part)
        patterns = list(node.get("patternProperties", {}).values())
        others = node.get("additionalProperties")
        node = resolved(named or (patterns[0] if patterns else None) or others or {})
    return list(node.get("properties", {}))
