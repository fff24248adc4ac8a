"""Encoding of a text, by its bytes."""

import codecs

# UTF-32 first: its little-endian mark begins with that of UTF-16.
_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
# Bytes that Windows-1252 has no character for.
_UNDEFINED = bytes([0x81, 0x8D, 0x8F, 0x90, 0x9D])
_LONGEST_CHARACTER = 4


def marked_encoding(content: bytes) -> str | None:
    """Return the encoding that a text's byte order mark tells, None if it has no mark."""
    marks = [mark for mark in _BYTE_ORDER_MARKS if content.startswith(mark)]
    return _BYTE_ORDER_MARKS[marks[0]] if marks else None


def recognise_encoding(content: bytes) -> str:
    """Return the name of a text's encoding as ``format.encoding`` takes it.

    UTF-8 also stands for texts with a byte order mark, which is read without a declaration. Of
    encodings with one byte a character only Windows-1252 is told from Latin-1; most others differ
    from them in the letters alone.

    Args:
        content: the text or its beginning, which may end within a character.
    """
    if marked_encoding(content):
        return "utf-8"
    zeros = [content[start::2].count(0) for start in (0, 1)]
    if sum(zeros):
        return "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"
    try:
        content.decode()
    except UnicodeDecodeError as error:
        if len(content) - error.start >= _LONGEST_CHARACTER or error.reason != (
            "unexpected end of data"
        ):
            return "iso-8859-1" if any(byte in content for byte in _UNDEFINED) else "cp1252"
    return "utf-8"
