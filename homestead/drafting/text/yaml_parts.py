"""Parts of a YAML text that is written for people: scalars, lists, mappings and comments.

Every text is quoted that any reader of YAML may take for another type: codes such as NO, on, 1e3
and 007 are read again as the same texts.
"""

import re
import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

WIDTH = 100

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*(?: [A-Za-z0-9_./-]*[A-Za-z0-9_])*")
_OTHER_TYPES = {
    *("y", "n", "yes", "no", "on", "off", "true", "false", "null", "none", "nan", "inf"),
    *("na", "n/a", "infinity"),
}


def scalar(value: Any) -> str:
    """Return a text, a number, a truth value or None in YAML, on one line."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _number(value)
    text = str(value)
    if _PLAIN.fullmatch(text) and text.lower() not in _OTHER_TYPES and not text.endswith("."):
        return text
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    return character if character.isprintable() else f"\\U{ord(character):08x}"


def _number(value: float) -> str:
    # YAML 1.1 takes an exponent without a point for a text.
    text = repr(value)
    return text if "e" not in text or "." in text else text.replace("e", ".0e")


def flow(value: Any) -> str:
    """Return a value in flow style on one line: ``{type: integer, range: [0, 9]}``."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{scalar(k)}: {flow(v)}' for k, v in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(flow, value))}]"
    return scalar(value)


def wrapped_list(key: str, values: Iterable[Any]) -> list[str]:
    """Return the lines of a key with a list, broken between values."""
    parts = [flow(value) for value in values]
    start = f"{key}: ["
    lines = [start]
    for position, part in enumerate(parts):
        end = "]" if position == len(parts) - 1 else ","
        gap = "" if lines[-1].endswith("[") else " "
        if len(lines[-1]) + len(gap) + len(part) + 1 > WIDTH and len(lines[-1]) > len(start):
            lines.append(" " * len(start) + part + end)
        else:
            lines[-1] += f"{gap}{part}{end}"
    if not parts:
        lines[-1] += "]"
    return lines


def comment(text: str, indent: str = "") -> list[str]:
    """Return the lines of a comment; what breaks lines in a text is replaced by spaces."""
    width = max(40, WIDTH - len(indent) - 2)
    lines = textwrap.wrap(one_line(text), width, break_long_words=False, break_on_hyphens=False)
    return [f"{indent}# {line}" for line in lines]


def one_line(text: str) -> str:
    """Return a text without characters that end a line or that cannot be printed."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
