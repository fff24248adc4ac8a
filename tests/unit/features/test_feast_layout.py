"""What is no protocol buffer is refused; the layout itself is held against Feast in a contract."""

import pytest

from homestead.features.feast_layout import decode_time, decode_value


@pytest.mark.parametrize("content", [None, b""])
def test_a_null_is_stored_as_nothing(content: bytes | None) -> None:
    assert decode_value(content) is None


@pytest.mark.parametrize("content", [b"\x29\x00", b"\x80", b"\x0a\x05abc", b"\x0b"])
def test_what_is_no_protocol_buffer_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="no protocol buffer"):
        decode_value(content)


def test_a_time_of_1970_has_no_fields() -> None:
    assert decode_time(b"") == 0.0
