"""Binary tensors: values that follow the JSON of a message, in little-endian byte order."""

import struct
from typing import Any

import numpy as np

from homestead.serving.errors import RefusedError
from homestead.serving.inputs.field_checks import describe_value

# Says where the JSON of a message ends, and its binary values begin.
JSON_LENGTH_HEADER = b"inference-header-content-length"
# Name of the parameter with the number of a tensor's bytes.
SIZE_PARAMETER = "binary_data_size"
_HEADER_TITLE = "Inference-Header-Content-Length"
_MAX_LENGTH_DIGITS = 12
_DTYPES = {
    "BOOL": np.dtype("u1"),
    **{f"INT{8 * size}": np.dtype(f"<i{size}") for size in (1, 2, 4, 8)},
    **{f"UINT{8 * size}": np.dtype(f"<u{size}") for size in (1, 2, 4, 8)},
    **{f"FP{8 * size}": np.dtype(f"<f{size}") for size in (2, 4, 8)},
    # The upper half of a 32-bit number.
    "BF16": np.dtype("<u2"),
}
_TEXT_LENGTH = struct.Struct("<I")


class BinaryValues:
    """The bytes after the JSON of a request, which its tensors take in their order."""

    def __init__(self, content: bytes = b"") -> None:
        self._content = content
        self._position = 0

    def take(self, name: str, datatype: str, count: int, size: Any) -> list[Any]:
        """Return the next tensor's values; a number that is NaN is None, like null in JSON.

        Args:
            name: the tensor's, for messages.
            count: number of values that its shape has.
            size: the parameter with the number of its bytes, not checked yet.

        Raises:
            RefusedError: the size does not match the shape or the request, or a value is invalid.
        """
        left = len(self._content) - self._position
        if type(size) is not int or not 0 <= size <= left:
            raise RefusedError(
                400,
                "shape",
                f"{name}: {SIZE_PARAMETER}: found {describe_value(size)}, allowed are the {left}"
                f" bytes left after the JSON, whose length {_HEADER_TITLE} tells",
            )
        content = self._content[self._position : self._position + size]
        self._position += size
        if datatype == "BYTES":
            return _read_texts(name, content, count)
        return _read_numbers(name, datatype, content, count)

    def check_end(self) -> None:
        """Check that no bytes are left.

        Raises:
            RefusedError: there are some.
        """
        left = len(self._content) - self._position
        if left:
            raise RefusedError(
                400, "shape", f"found {left} bytes after those of the inputs' {SIZE_PARAMETER}"
            )


def split_body(body: bytes, length: bytes) -> tuple[bytes, BinaryValues]:
    """Return the JSON of a body and what follows it.

    Args:
        length: the header's value.

    Raises:
        RefusedError: it is not the length of a part of the body.
    """
    size = int(length) if length.isdigit() and len(length) <= _MAX_LENGTH_DIGITS else 0
    if not 0 < size <= len(body):
        raise RefusedError(
            400,
            "shape",
            f"{_HEADER_TITLE}: found {describe_value(length.decode('latin-1'))},"
            f" allowed is 1 to {len(body)}, the body's length",
        )
    return body[:size], BinaryValues(body[size:])


def _read_numbers(name: str, datatype: str, content: bytes, count: int) -> list[Any]:
    dtype = _DTYPES[datatype]
    if len(content) != count * dtype.itemsize:
        raise RefusedError(
            400,
            "shape",
            f"{name}: {SIZE_PARAMETER}: found {len(content)}, allowed is {count * dtype.itemsize}:"
            f" {count} values of {datatype}",
        )
    values = np.frombuffer(content, dtype)
    if datatype == "BOOL":
        if values.size and values.max() > 1:
            row = int(values.argmax())
            raise RefusedError(
                400, "type", f"row {row}: {name}: found byte {values[row]}, allowed are 0, 1"
            )
        values = values.astype(bool)
    if datatype == "BF16":
        values = (values.astype("<u4") << 16).view("<f4")
    numbers: list[Any] = values.tolist()
    if values.dtype.kind == "f":
        for missing in np.flatnonzero(np.isnan(values)).tolist():
            numbers[missing] = None
    return numbers


def _read_texts(name: str, content: bytes, count: int) -> list[Any]:
    """Return texts, each of which follows its length in 4 bytes."""
    texts = []
    position = 0
    for i in range(count):
        start = position + _TEXT_LENGTH.size
        if start > len(content):
            raise RefusedError(
                400,
                "shape",
                f"{name}: found {i} texts in {len(content)} bytes, its shape has {count}",
            )
        (length,) = _TEXT_LENGTH.unpack_from(content, position)
        position = start + length
        if position > len(content):
            raise RefusedError(
                400,
                "shape",
                f"row {i}: {name}: found a text of {length} bytes, {len(content) - start} are left",
            )
        try:
            texts.append(content[start:position].decode())
        except UnicodeDecodeError:
            raise RefusedError(400, "type", f"row {i}: {name}: the text is not UTF-8") from None
    if position != len(content):
        raise RefusedError(
            400, "shape", f"{name}: found {len(content) - position} bytes after its {count} texts"
        )
    return texts


def write_values(datatype: str, values: list[Any]) -> bytes:
    """Return the bytes of texts or of numbers."""
    if datatype == "BYTES":
        texts = [value.encode() for value in values]
        return b"".join([part for text in texts for part in (_TEXT_LENGTH.pack(len(text)), text)])
    return np.array(values, _DTYPES[datatype]).tobytes()
