"""Bodies of HTML forms: ``multipart/form-data``, as RFC 7578 describes it."""

import re
from email.message import Message

from homestead.serving.errors import RefusedError

_MAX_PARTS = 20
_NAME = re.compile(rb'content-disposition:[^\r\n]*?;\s*name="([^"\r\n]*)"', re.IGNORECASE)


def form_fields(body: bytes, content_type: bytes | None) -> dict[str, bytes]:
    """Return the content of each field; that of a file counts like any other.

    Raises:
        RefusedError: the body is no such form, or holds a name twice.
    """
    delimiter = b"\r\n--" + _boundary(content_type)
    # The first delimiter may be the first line; what follows the last one ends with two hyphens.
    parts = (b"\r\n" + body).split(delimiter, _MAX_PARTS + 2)
    if len(parts) > _MAX_PARTS + 2:
        raise RefusedError(400, "shape", f"the form has more than {_MAX_PARTS} parts")
    if len(parts) < 3 or not parts[-1].startswith(b"--"):
        raise RefusedError(400, "shape", "the form does not end with its boundary")
    fields: dict[str, bytes] = {}
    for part in parts[1:-1]:
        head, has_content, content = part.partition(b"\r\n\r\n")
        match = _NAME.search(head)
        if match is None or not has_content:
            raise RefusedError(400, "shape", "a part of the form has no name")
        name = match[1].decode("utf-8", "replace")
        if name in fields:
            raise RefusedError(400, "duplicate", f"the form's field {name!r} is given twice")
        fields[name] = content
    return fields


def _boundary(content_type: bytes | None) -> bytes:
    message = Message()
    message["content-type"] = (content_type or b"").decode("latin-1")
    boundary = message.get_param("boundary")
    if message.get_content_type() != "multipart/form-data" or not isinstance(boundary, str):
        raise RefusedError(
            400, "shape", "the body is a form, but the content type is not multipart/form-data"
        )
    return boundary.encode("latin-1")
