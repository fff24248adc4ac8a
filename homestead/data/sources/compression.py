"""Compressed files: gzip and Zstandard, told by their first bytes."""

import gzip
import zlib

import pyarrow as pa

from homestead.errors import UserError

# A small file may decompress to more than any memory holds.
MAX_DECOMPRESSED_BYTES = 16 * 2**30
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


def decompress(content: bytes, uri: str) -> bytes:
    """Return the content of a gzip or Zstandard file, which its first bytes tell, or any other's.

    Raises:
        UserError: the file is cut off or damaged, or holds more than
            :data:`MAX_DECOMPRESSED_BYTES`.
    """
    if content.startswith(_GZIP):
        kind, stream = "gzip", gzip.GzipFile(fileobj=pa.BufferReader(content))
    elif content.startswith(_ZSTD):
        kind, stream = "zstd", pa.CompressedInputStream(pa.BufferReader(content), "zstd")
    else:
        return content
    try:
        with stream:
            plain = bytes(stream.read(MAX_DECOMPRESSED_BYTES + 1))
    except (OSError, EOFError, zlib.error) as error:
        raise UserError(f"{uri}: not a complete {kind} file: {error}") from None
    if len(plain) > MAX_DECOMPRESSED_BYTES:
        raise UserError(f"{uri}: holds more than {MAX_DECOMPRESSED_BYTES} bytes")
    return plain
