"""Examples in an overlay that its user has to replace, such as the address of a managed store."""

from collections.abc import Iterator
from typing import Any

from homestead.deployment.manifests import Manifest, describe_object
from homestead.errors import UserError

# Reserved for documentation (RFC 5737): leads nowhere.
_EXAMPLE_NETWORK = "192.0.2.0/24"
_EXAMPLE_NAMES = ("your-bucket", "your-organisation")


def require_filled_in(documents: list[Manifest]) -> None:
    """Check that an overlay holds no example any more.

    Raises:
        UserError: some are left; the message names each object and its example.
    """
    left = [
        f"{describe_object(document)}: found the example {text}"
        for document in documents
        for text in sorted({text for text in _texts(document) if _is_example(text)})
    ]
    if left:
        raise UserError(
            "\n".join([*left, "fill in your own (docs/how-to/kubernetes.md, Production)"])
        )


def _texts(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        for value in part.values():
            yield from _texts(value)
    elif isinstance(part, list):
        for item in part:
            yield from _texts(item)
    elif isinstance(part, str):
        yield part


def _is_example(text: str) -> bool:
    return text == _EXAMPLE_NETWORK or any(name in text for name in _EXAMPLE_NAMES)
