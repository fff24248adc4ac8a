"""Binary values: every datatype, and bytes that do not match it."""

import struct
from typing import Any

import numpy as np
import pytest

from homestead.serving.errors import RefusedError
from homestead.serving.protocols.tensors.binary import BinaryValues, split_body, write_values


def take(content: bytes, datatype: str, count: int) -> list[Any]:
    binary = BinaryValues(content)
    values = binary.take("area", datatype, count, len(content))
    binary.check_end()
    return values


@pytest.mark.parametrize(
    ("datatype", "dtype", "values"),
    [
        ("BOOL", "?", [True, False]),
        ("INT8", "<i1", [-128, 127]),
        ("INT16", "<i2", [-(2**15), 2**15 - 1]),
        ("INT32", "<i4", [-(2**31), 2**31 - 1]),
        ("INT64", "<i8", [-(2**63), 2**63 - 1]),
        ("UINT8", "<u1", [0, 255]),
        ("UINT16", "<u2", [0, 2**16 - 1]),
        ("UINT32", "<u4", [0, 2**32 - 1]),
        ("UINT64", "<u8", [0, 2**64 - 1]),
        ("FP16", "<f2", [0.5, -2.0]),
        ("FP32", "<f4", [0.5, -2.0]),
        ("FP64", "<f8", [0.1, 1e300]),
    ],
)
def test_values_are_those_that_were_written(datatype: str, dtype: str, values: list[Any]) -> None:
    read = take(np.array(values, dtype).tobytes(), datatype, 2)
    assert read == values
    assert [type(value) for value in read] == [type(value) for value in values]


def test_bf16_is_the_upper_half_of_a_number() -> None:
    upper = (np.array([1.5, -3.0], "<f4").view("<u4") >> 16).astype("<u2")
    assert take(upper.tobytes(), "BF16", 2) == [1.5, -3.0]


@pytest.mark.parametrize("datatype", ["FP16", "FP32", "FP64"])
def test_nan_is_missing_and_infinity_is_left_to_the_checks(datatype: str) -> None:
    content = np.array([np.nan, np.inf], f"<f{int(datatype[2:]) // 8}").tobytes()
    assert take(content, datatype, 2) == [None, np.inf]


def test_texts_follow_their_lengths() -> None:
    texts = ["pro", "", "Zürich"]
    assert take(write_values("BYTES", texts), "BYTES", 3) == texts


@pytest.mark.parametrize(
    ("content", "datatype", "count", "message"),
    [
        (
            b"\0" * 12,
            "FP64",
            2,
            "area: binary_data_size: found 12, allowed is 16: 2 values of FP64",
        ),
        (b"\1\7", "BOOL", 2, "row 1: area: found byte 7, allowed are 0, 1"),
        (b"\1\0\0\0a", "BYTES", 2, "area: found 1 texts in 5 bytes, its shape has 2"),
        (b"\5\0\0\0a", "BYTES", 1, "row 0: area: found a text of 5 bytes, 1 are left"),
        (b"\1\0\0\0\xff", "BYTES", 1, "row 0: area: the text is not UTF-8"),
        (b"\0\0\0\0\0", "BYTES", 1, "area: found 1 bytes after its 1 texts"),
        (struct.pack("<I", 2**32 - 1), "BYTES", 1, "found a text of 4294967295 bytes, 0 are left"),
    ],
)
def test_bytes_that_do_not_match_are_refused(
    content: bytes, datatype: str, count: int, message: str
) -> None:
    with pytest.raises(RefusedError) as error:
        take(content, datatype, count)
    assert error.value.status == 400
    assert message in str(error.value)


@pytest.mark.parametrize("size", [-1, 9, True, 8.0, "8", None])
def test_a_size_that_is_none_is_refused(size: Any) -> None:
    with pytest.raises(RefusedError, match=r"area: binary_data_size: found .*, allowed are the 8"):
        BinaryValues(b"8" * 8).take("area", "FP64", 1, size)


def test_tensors_take_their_bytes_in_order() -> None:
    body = b"{}" + b"\1" + struct.pack("<d", 2.5)
    json, binary = split_body(body, b"2")
    assert json == b"{}"
    assert binary.take("lift", "BOOL", 1, 1) == [True]
    assert binary.take("area", "FP64", 1, 8) == [2.5]


@pytest.mark.parametrize("length", [b"", b"0", b"3", b"-1", b"1.0", b"1, 1", b"9" * 5000, b"\xb2"])
def test_a_header_that_is_no_length_is_refused(length: bytes) -> None:
    with pytest.raises(RefusedError, match="Inference-Header-Content-Length: found"):
        split_body(b"{}", length)
