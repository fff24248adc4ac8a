"""Reading YAML of limited size and depth, without duplicate keys."""

from collections.abc import Hashable
from typing import Any

import yaml

from homestead.errors import UserError

MAX_CHARACTERS = 4_000_000
_MAX_DEPTH = 50
ANY_KEY = "*"
# Where values, or the keys of a mapping, are texts: YAML reads no, 1e3, 0x10 and 2024-05-31 as
# other types, and 007 as 7.
TEXTS = (
    ("columns", ANY_KEY, "allowed"),
    ("columns", ANY_KEY, "other"),
    ("positive",),
    ("weights", "classes"),
    ("costs",),
    ("costs", ANY_KEY),
    ("candidates", ANY_KEY, "parameters", "class_weight"),
)
_READ_AS_OTHERS = [f"tag:yaml.org,2002:{kind}" for kind in ("bool", "int", "float", "timestamp")]


class _Loader(yaml.SafeLoader):
    """Loader of plain values that refuses duplicate keys: the later one would silently win."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, Hashable) and key in seen:
                line = key_node.start_mark.line + 1
                raise yaml.constructor.ConstructorError(
                    problem=f"duplicate key {key}, again in line {line}"
                )
            seen.add(key)
        return super().construct_mapping(node, deep)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except (ValueError, OverflowError) as error:
            # A number of thousands of digits, or the 31st of February.
            reason = str(error).partition(";")[0]
            raise yaml.constructor.ConstructorError(
                problem=reason, problem_mark=node.start_mark
            ) from None


def read_yaml(text: str, origin: str) -> dict[str, Any]:
    """Return the mapping in a YAML text.

    Raises:
        UserError: the text is not YAML, has a duplicate key, is too large or too deep, aliases
            counted as what they stand for, or is not a mapping.
    """
    try:
        _check_size(text)
        raw = _load(text)
    except yaml.YAMLError as error:
        reason = " ".join(str(error).split())
        raise UserError(f"{origin}: not YAML: {reason[:500]}") from None
    if not isinstance(raw, dict):
        raise UserError(f"{origin}: found {type(raw).__name__}, allowed is a mapping of keys")
    return raw


def _load(text: str) -> Any:
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        for path in TEXTS:
            _keep_texts(node, path)
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _keep_texts(node: yaml.Node, path: tuple[str, ...]) -> None:
    """Read the scalars at a path as texts, keys too; null stays null."""
    if path:
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        for key, value in pairs:
            if path[0] in (ANY_KEY, key.value):
                _keep_texts(value, path[1:])
    elif isinstance(node, yaml.ScalarNode):
        if node.tag in _READ_AS_OTHERS:
            node.tag = "tag:yaml.org,2002:str"
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _keep_texts(item, ())
    else:
        for key, _ in node.value:
            _keep_texts(key, ())


def _check_size(text: str) -> None:
    """Refuse a text before anything is built of it.

    Raises:
        YAMLError: it is not YAML, too large or too deep, or an alias is part of what it stands for.
    """
    if len(text) > MAX_CHARACTERS:
        raise yaml.YAMLError(f"found {len(text)} characters, allowed are {MAX_CHARACTERS}")
    # Characters of the open collections with their anchors, outermost first, and of all anchors.
    total, open_parts, sizes = 0, [], {}
    for event in yaml.parse(text, yaml.SafeLoader):
        anchor = getattr(event, "anchor", None)
        mark = event.start_mark
        place = f"line {mark.line + 1 if mark else 1}"
        if isinstance(event, yaml.CollectionStartEvent):
            open_parts.append((anchor, total))
        elif isinstance(event, yaml.CollectionEndEvent):
            opened, before = open_parts.pop()
            sizes[opened] = total - before
        elif isinstance(event, yaml.ScalarEvent):
            sizes[anchor] = len(event.value)
            total += len(event.value)
        elif isinstance(event, yaml.AliasEvent):
            if any(opened == anchor for opened, _ in open_parts):
                raise yaml.YAMLError(f"alias {anchor} is part of what it stands for, {place}")
            total += sizes.get(anchor, 0)
        total += 1
        if len(open_parts) > _MAX_DEPTH:
            raise yaml.YAMLError(f"found more than {_MAX_DEPTH} nested levels, {place}")
        if total > MAX_CHARACTERS:
            raise yaml.YAMLError(
                f"found more than {MAX_CHARACTERS} characters once aliases are replaced, {place}"
            )
