"""JSON that is read in one way only: no key twice, no NaN and no infinity."""

import json
from typing import Any

from homestead.errors import UserError


def parse_strictly(content: bytes, origin: str) -> Any:
    """Return the value of a JSON document.

    Readers differ in which of two equal keys they take, so that one document could say two things.

    Args:
        origin: where the document comes from, for messages.

    Raises:
        UserError: not UTF-8, not JSON, or an object has a key twice.
    """
    try:
        return json.loads(
            content.decode("utf-8"),
            object_pairs_hook=_unique_keys,
            parse_constant=_refuse_constant,
        )
    except UnicodeDecodeError:
        raise UserError(f"{origin}: not a text in UTF-8") from None
    except (ValueError, RecursionError) as error:
        raise UserError(f"{origin}: not JSON: {error}") from None


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        keys = [key for key, _ in pairs]
        repeated = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {repeated[:60]!r} occurs twice")
    return content


def _refuse_constant(constant: str) -> None:
    raise ValueError(f"found {constant}, allowed are finite numbers")
