"""From the bytes of a text file to UTF-8: byte order marks and encodings."""

import codecs
import re
from collections.abc import Iterable, Iterator

from homestead.data.recognition.encodings import marked_encoding, recognise_encoding
from homestead.errors import UserError


def decode(content: bytes, uri: str, encoding: str) -> bytes:
    """Return a text as UTF-8 without a byte order mark; see :func:`decode_chunks`."""
    return b"".join(decode_chunks([content], uri, encoding))


def decode_chunks(chunks: Iterable[bytes], uri: str, encoding: str) -> Iterator[bytes]:
    """Yield a text as UTF-8 without a byte order mark, in pieces that may end within a character.

    Args:
        chunks: the text's bytes in pieces; a byte order mark is within the first.
        encoding: how the text is written, unless it begins with a byte order mark.

    Raises:
        UserError: the text is in another encoding.
    """
    rest = iter(chunks)
    chunk = next(rest, b"")
    encoding = marked_encoding(chunk) or codecs.lookup(encoding).name
    decoder = codecs.getincrementaldecoder(encoding)()
    lines, is_last = 1, False
    while not is_last:
        following = next(rest, None)
        is_last = following is None
        try:
            text = decoder.decode(chunk, is_last)
        except UnicodeDecodeError as error:
            raise UserError(f"{uri}: {_other_encoding(error, lines)}") from None
        if "\0" in text:
            hint = recognise_encoding(chunk)
            raise UserError(
                f"{uri}: found NUL characters: UTF-16 without a byte order mark, or no text at all;"
                f" of the former write format: {{encoding: {hint}}}"
            )
        lines += chunk.count(b"\n")
        yield chunk if encoding == "utf-8" else text.encode()
        chunk = following or b""


def _other_encoding(error: UnicodeDecodeError, lines: int) -> str:
    """Return what was found, and the encoding that the piece around it seems to have.

    Args:
        lines: the line on which this piece begins.
    """
    content = error.object
    line = content.count(b"\n", 0, error.start) + lines
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
