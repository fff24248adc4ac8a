"""Encodings of texts."""

import pytest

from homestead.data.formats.decoding import decode
from homestead.errors import UserError

TEXT = "id,name\n1,Zoë\n"


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "iso-8859-15", "utf-16", "mac-roman"])
def test_a_declared_encoding_is_read(encoding: str) -> None:
    assert decode(TEXT.encode(encoding), "t.csv", encoding).decode() == TEXT


def test_a_byte_order_mark_has_precedence() -> None:
    assert decode(TEXT.encode("utf-8-sig"), "t.csv", "cp1252").decode() == TEXT


def test_the_encoding_that_it_seems_to_be_is_named() -> None:
    with pytest.raises(UserError, match=r"line 2: .* not ascii.*encoding: utf-8"):
        decode(TEXT.encode(), "t.csv", "ascii")
