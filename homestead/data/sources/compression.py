"""Compressed files: gzip and Zstandard, told by their first bytes."""

import gzip
import io
import zlib
from collections.abc import Iterator
from typing import BinaryIO

import pyarrow as pa

from homestead.errors import UserError
from homestead.files import CHUNK_BYTES

# A small file may decompress to more than any memory holds.
MAX_DECOMPRESSED_BYTES = 16 * 2**30
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


def decompress(content: bytes, uri: str) -> bytes:
    """Return the content of a compressed file, or any other's; see :func:`decompressed_chunks`."""
    return b"".join(decompressed_chunks(io.BytesIO(content), uri))


def decompressed_chunks(file: BinaryIO, uri: str) -> Iterator[bytes]:
    """Yield the content of a gzip or Zstandard file, which its first bytes tell, or any other's.

    Args:
        file: at its beginning, seekable.

    Raises:
        UserError: the file is cut off or damaged, or holds more than
            :data:`MAX_DECOMPRESSED_BYTES`.
    """
    mark = file.read(len(_ZSTD))
    file.seek(0)
    if mark.startswith(_GZIP):
        kind, stream = "gzip", gzip.GzipFile(fileobj=file)
    elif mark.startswith(_ZSTD):
        kind, stream = "zstd", pa.CompressedInputStream(pa.PythonFile(file, "r"), "zstd")
    else:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk
        return
    size = 0
    try:
        with stream:
            while chunk := bytes(stream.read(CHUNK_BYTES)):
                size += len(chunk)
                if size > MAX_DECOMPRESSED_BYTES:
                    raise UserError(f"{uri}: holds more than {MAX_DECOMPRESSED_BYTES} bytes")
                yield chunk
    except (OSError, EOFError, zlib.error) as error:
        raise UserError(f"{uri}: not a complete {kind} file: {error}") from None


def is_compressed(content: bytes) -> bool:
    """Return whether a file's first bytes are those of gzip or Zstandard."""
    return content.startswith((_GZIP, _ZSTD))
