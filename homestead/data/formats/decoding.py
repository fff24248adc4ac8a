"""From the bytes of a text file to UTF-8: byte order marks and encodings."""

import codecs
import re

from homestead.data.recognition.encodings import marked_encoding, recognise_encoding
from homestead.errors import UserError


def decode(content: bytes, uri: str, encoding: str) -> bytes:
    """Return a text as UTF-8 without a byte order mark.

    Args:
        encoding: how the text is written, unless it begins with a byte order mark.

    Raises:
        UserError: the text is in another encoding.
    """
    encoding = marked_encoding(content) or codecs.lookup(encoding).name
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise UserError(f"{uri}: {_other_encoding(content, error)}") from None
    if "\0" in text:
        hint = recognise_encoding(content)
        raise UserError(
            f"{uri}: found NUL characters: UTF-16 without a byte order mark, or no text at all;"
            f" of the former write format: {{encoding: {hint}}}"
        )
    if encoding == "utf-8":
        return content
    if encoding == "utf-8-sig":
        return content[len(codecs.BOM_UTF8) :]
    return text.encode()


def _other_encoding(content: bytes, error: UnicodeDecodeError) -> str:
    line = content.count(b"\n", 0, error.start) + 1
    found = f"line {line}: found byte 0x{content[error.start]:02x}, which is not"
    other = recognise_encoding(content)
    if error.encoding.replace("-", "") != "utf8":
        return f"{found} {error.encoding}; allowed is format: {{encoding: {other}}}, it seems"
    # The word around the byte, as the most common encoding of spreadsheets reads it.
    around = content[max(0, error.start - 20) : error.start + 20].decode("cp1252", "replace")
    before, after = around[: min(20, error.start)], around[min(20, error.start) :]
    word = re.split(r"[\W_]", before)[-1] + re.split(r"[^\w]", after)[0]
    return (
        f"{found} UTF-8 (in Windows-1252, Latin-1's superset, it would read {word!r}); write"
        f" format: {{encoding: {other}}}, or save the file in UTF-8"
    )
