"""Body of one request: assembled from pieces, unpacked, and limited in size."""

import zlib
from http import HTTPStatus

from homestead.serving.http.request import Rejection

_ZLIB_WINDOW = 15
_GZIP_WINDOW = 31
_RAW_WINDOW = -15
# Each member costs a decompressor and a copy of what follows it.
_MAX_GZIP_MEMBERS = 100

_GZIP_NAMES = (b"gzip", b"x-gzip")
_UNSUPPORTED = Rejection(
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "coding",
    "Content-Encoding: allowed are gzip, deflate",
    b"accept-encoding: gzip, deflate\r\n",
)


class ContentDecoder:
    """Decodes one body in ``gzip`` or ``deflate``."""

    def __init__(self, is_gzip: bool) -> None:
        self._is_gzip = is_gzip
        self._decompressor = zlib.decompressobj(_GZIP_WINDOW) if is_gzip else None
        self._members = 1
        # Of deflate, before its format is known.
        self._start = b""

    def decode(self, piece: bytes, max_bytes: int) -> bytes:
        """Return what a piece unpacks to, cut off one byte beyond the limit.

        Raises:
            zlib.error: the piece is corrupt.
        """
        if self._decompressor is None:
            self._start += piece
            if len(self._start) < 2:
                return b""
            piece, self._start = self._start, b""
            self._decompressor = zlib.decompressobj(_deflate_window(piece))
        content = b""
        while piece and len(content) <= max_bytes:
            if self._decompressor.eof:
                self._begin_member()
            content += self._decompressor.decompress(piece, max_bytes + 1 - len(content))
            piece = self._decompressor.unused_data
        return content

    @property
    def is_complete(self) -> bool:
        """Whether the end of the body has arrived."""
        return self._decompressor is not None and self._decompressor.eof

    def _begin_member(self) -> None:
        """Begin with what follows the end: gzip may have several members."""
        self._members += 1
        if not self._is_gzip or self._members > _MAX_GZIP_MEMBERS:
            raise zlib.error("bytes follow its end")
        self._decompressor = zlib.decompressobj(_GZIP_WINDOW)


def _deflate_window(start: bytes) -> int:
    """Return the window of the zlib format that the standard means, or of the raw one in use."""
    has_zlib_header = start[0] & 15 == zlib.DEFLATED and int.from_bytes(start[:2]) % 31 == 0
    return _ZLIB_WINDOW if has_zlib_header else _RAW_WINDOW


class RequestBody:
    """A body that arrives in pieces or packed.

    Attributes:
        content: what has arrived, unpacked.
        received_bytes: size of what has arrived, as it was sent.
        error: why the body can't be used, if so.
    """

    def __init__(self, max_bytes: int, content: bytes = b"") -> None:
        self.content = bytearray(content)
        self.received_bytes = len(content)
        self.error: Rejection | None = None
        self._decoder: ContentDecoder | None = None
        self._max_bytes = max_bytes

    def begin_decoding(self, codings: bytes) -> None:
        """Unpack what arrives from now on.

        Args:
            codings: a header ``Content-Encoding``. A body that is sent as it is has none.
        """
        name = codings.strip().lower()
        if name == b"identity":
            return
        if self._decoder is not None or name not in (*_GZIP_NAMES, b"deflate"):
            self.error = _UNSUPPORTED
        self._decoder = ContentDecoder(is_gzip=name in _GZIP_NAMES)

    def append(self, piece: bytes) -> None:
        """Add a piece."""
        self.received_bytes += len(piece)
        try:
            if self._decoder is not None:
                piece = self._decoder.decode(piece, self._max_bytes - len(self.content))
        except zlib.error as error:
            self.error = _corrupt(error)
        else:
            self.content += piece
        # Both sizes: a body may unpack to nothing.
        if max(self.received_bytes, len(self.content)) > self._max_bytes:
            self.error = body_too_large(self._max_bytes)

    def finish(self) -> tuple[bytes, Rejection | None]:
        """Return the whole body, or none and why it can't be used."""
        if self._decoder is not None and self.received_bytes and not self._decoder.is_complete:
            return b"", _corrupt("its end is missing")
        return bytes(self.content), None


def body_too_large(max_bytes: int) -> Rejection:
    """Return the rejection of a body beyond the limit."""
    message = f"the body is larger than {max_bytes} bytes"
    return Rejection(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "size", message)


def _corrupt(error: object) -> Rejection:
    return Rejection(HTTPStatus.BAD_REQUEST, "coding", f"the body can't be unpacked: {error}")
