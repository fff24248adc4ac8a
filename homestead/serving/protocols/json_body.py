"""JSON bodies: strict decoding, and checks that several protocols share."""

import json
import re
from collections.abc import Iterable, Sized
from typing import Any

import msgspec

from homestead.serving.errors import RefusedError
from homestead.serving.inputs.field_checks import describe_value
from homestead.serving.request_limits import (
    MAX_INLINE_BODY_BYTES,
    MAX_LISTS,
    MAX_OBJECTS,
    MAX_ROWS,
)

MAX_ID_CHARACTERS = 200

# Texts, which stay as they are, and the tokens that JavaScript, Python and TensorFlow Serving write
# for numbers that JSON does not have. A text ends with the body at the latest, and nothing is tried
# twice, so that the time is linear.
_TEXTS_AND_TOKENS = re.compile(
    rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|(?P<missing>NaN)|(?P<infinity>-?Inf(?:inity)?)', re.DOTALL
)

_WITH_COLONS = frozenset((dict, list, str))

_decode = msgspec.json.Decoder().decode
encode_json = msgspec.json.Encoder().encode


def decode_json_object(body: bytes) -> dict[str, Any]:
    """Decode a body that must be a JSON object; see :func:`decode_json`.

    Raises:
        RefusedError: the body is not JSON, not an object, too large, or holds a key twice.
    """
    content = decode_json(body)
    if not isinstance(content, dict):
        raise RefusedError(
            400, "json", f"the body is {describe_value(content)}, allowed is an object"
        )
    return content


def decode_json(body: bytes) -> Any:
    """Decode a body.

    ``NaN``, which JSON does not have, is null. ``Infinity`` is its name, a text: where a number
    is expected, it is refused by the name of the field.

    Raises:
        RefusedError: the body is not JSON, too large, or holds a key twice.
    """
    if len(body) > MAX_INLINE_BODY_BYTES:
        _check_memory(body)
    try:
        try:
            content = _decode(body)
        except msgspec.DecodeError:
            if b"NaN" not in body and b"Inf" not in body:
                raise
            body = _replace_tokens(body)
            content = _decode(body)
        # msgspec keeps the last of several equal keys. A colon follows each key, so a duplicate
        # is only possible where the body has more colons than keys. Two counts of the keys avoid
        # the slow parser: the first is cheap and never too high, the second is exact.
        colons = body.count(b":")
        is_flat = type(content) is dict and colons == len(content)
        if (
            not is_flat
            and colons != _count_shallow_keys(content)
            and (b"\\" in body or colons != _count_colons(content))
        ):
            json.loads(body, object_pairs_hook=_refuse_duplicate_keys)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RefusedError(400, "json", f"the body is not JSON: {error}") from None
    except RecursionError:
        raise RefusedError(400, "json", "the body is nested too deeply") from None
    return content


def _check_memory(body: bytes) -> None:
    """Refuse a body that would take many times its size, before it does."""
    for bracket, name, limit in ((b"{", "objects", MAX_OBJECTS), (b"[", "lists", MAX_LISTS)):
        count = body.count(bracket)
        if count > limit:
            raise RefusedError(413, "size", f"found {count} {name}, allowed are up to {limit}")


def check_row_count(count: int) -> None:
    """Refuse too many rows. To be called before anything is made of each row.

    Raises:
        RefusedError: 413, the count is above the limit.
    """
    if count > MAX_ROWS:
        raise RefusedError(413, "size", f"found {count} rows, allowed are up to {MAX_ROWS}")


def check_common_row_count(columns: Iterable[Sized], where: str) -> None:
    """Check that all columns have one number of rows, and not too many.

    Raises:
        RefusedError: 400, there are several numbers; 413, it is above the limit.
    """
    counts = {len(values) for values in columns}
    if len(counts) != 1:
        raise RefusedError(
            400, "shape", f"{where}: found {sorted(counts)} rows, allowed is one number of rows"
        )
    check_row_count(counts.pop())


def _replace_tokens(body: bytes) -> bytes:
    replaced, end = bytearray(), 0
    # Not re.sub, which holds the interpreter and a list of all pieces.
    for match in _TEXTS_AND_TOKENS.finditer(body):
        if match.lastgroup:
            token = b"null" if match["missing"] else b'"%b"' % match[0]
            replaced += body[end : match.start()] + token
            end = match.end()
    return bytes(replaced + body[end:])


def _count_shallow_keys(value: Any) -> int:
    """Count the keys of an object and of the objects directly in it or in its lists."""
    if type(value) is list:
        return sum([len(item) for item in value if type(item) is dict])
    if type(value) is not dict:
        return -1
    count = len(value)
    for inner in value.values():
        if type(inner) is dict:
            count += len(inner)
        elif type(inner) is list:
            count += sum([len(item) for item in inner if type(item) is dict])
    return count


def _count_colons(value: Any) -> int:
    """Count the colons of a value as JSON without escapes: one per key, and those in texts."""
    if isinstance(value, dict):
        in_keys = sum(str.count(key, ":") for key in value)
        in_values = sum(
            _count_colons(inner) for inner in value.values() if isinstance(inner, dict | list | str)
        )
        return len(value) + in_keys + in_values
    if isinstance(value, list):
        # Most long lists hold numbers only.
        if _WITH_COLONS.isdisjoint(map(type, value)):
            return 0
        return sum(_count_colons(inner) for inner in value if isinstance(inner, dict | list | str))
    return value.count(":") if isinstance(value, str) else 0


def _refuse_duplicate_keys(pairs: list[tuple[str, Any]]) -> None:
    refuse_duplicate_names([key for key, _ in pairs], "")


def parse_request_id(value: Any, where: str) -> str | None:
    """Return a client's own id of its request, which is echoed and logged; None if it is empty.

    Raises:
        RefusedError: the id is not a short printable text.
    """
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > MAX_ID_CHARACTERS or not value.isprintable():
        raise RefusedError(
            400,
            "type",
            f"{where}: found {describe_value(value)}, allowed is a printable text of up to"
            f" {MAX_ID_CHARACTERS} characters",
        )
    return value


def parse_flag(value: Any, where: str) -> bool:
    """Return a parameter that is true or false, also as text; None counts as false.

    Raises:
        RefusedError: the value is something else.
    """
    if value is None or value is False or value == "false":
        return False
    if value is True or value == "true":
        return True
    raise RefusedError(
        400, "type", f"{where}: found {describe_value(value)}, allowed are true, false"
    )


def named_rows(names: Any, table: list[Any], where: str) -> list[dict[str, Any]]:
    """Return rows of named fields from a list of names and a table of values.

    Args:
        where: the place of the names, for messages.

    Raises:
        RefusedError: the names are not distinct texts, or a row has another number of values.
    """
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise RefusedError(400, "shape", f"{where}: allowed is a list of field names")
    if len(set(names)) != len(names):
        refuse_duplicate_names(names, f"{where}: ")
    check_row_count(len(table))
    rows = []
    for i, values in enumerate(table):
        if not isinstance(values, list) or len(values) != len(names):
            found = len(values) if isinstance(values, list) else type(values).__name__
            raise RefusedError(
                400, "shape", f"row {i}: found {found}, allowed are {len(names)} values"
            )
        rows.append(dict(zip(names, values, strict=True)))
    return rows


def refuse_duplicate_names(names: list[str], where: str) -> None:
    """Refuse names that are not distinct.

    Raises:
        RefusedError: names the first that is given twice.
    """
    seen = set()
    for name in names:
        if name in seen:
            raise RefusedError(400, "duplicate", f"{where}{describe_value(name)} is given twice")
        seen.add(name)
