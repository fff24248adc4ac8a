"""Bodies in pieces and packed: the unpacked size is limited, and damage is named."""

import gzip
import zlib
from http import HTTPStatus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homestead.serving.http.body import RequestBody
from tests.http_wire import exchange, request

LIMIT = 100_000
TEXT = b'{"jsonData": {"area": 80}}' * 20


def raw_deflate(content: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-15)
    return compressor.compress(content) + compressor.flush()


def unpack(coding: bytes, packed: bytes, piece_bytes: int = 1000) -> RequestBody:
    body = RequestBody(LIMIT)
    body.begin_decoding(coding)
    for start in range(0, len(packed), piece_bytes):
        if body.error is None:
            body.append(packed[start : start + piece_bytes])
    return body


@given(
    st.sampled_from(
        [
            (b"gzip", gzip.compress(TEXT)),
            (b" X-GZIP", gzip.compress(TEXT[:9]) + gzip.compress(TEXT[9:])),
            (b"deflate", zlib.compress(TEXT)),
            (b"Deflate ", raw_deflate(TEXT)),
            (b"identity", TEXT),
        ]
    ),
    st.integers(1, 200),
)
def test_a_body_is_unpacked_however_it_arrives(
    coding_and_packed: tuple[bytes, bytes], piece_bytes: int
) -> None:
    body = unpack(*coding_and_packed, piece_bytes)
    assert body.error is None
    assert body.finish() == (TEXT, None)


@pytest.mark.parametrize("coding", [b"br", b"zstd", b"compress", b"gzip, gzip", b"gzip, br", b""])
def test_another_coding_is_415_and_says_what_is_accepted(coding: bytes) -> None:
    error = unpack(coding, TEXT).error
    assert error is not None
    assert error.status == HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    assert error.headers == b"accept-encoding: gzip, deflate\r\n"


def test_two_codings_in_two_headers_are_415() -> None:
    body = RequestBody(LIMIT)
    body.begin_decoding(b"gzip")
    body.begin_decoding(b"gzip")
    assert body.error is not None
    assert body.error.status == HTTPStatus.UNSUPPORTED_MEDIA_TYPE


@pytest.mark.parametrize("coding", [b"gzip", b"deflate"])
@pytest.mark.parametrize("change", ["cut", "flipped", "followed", "plain"])
def test_a_damaged_body_is_400(coding: bytes, change: str) -> None:
    packed = gzip.compress(TEXT) if coding == b"gzip" else zlib.compress(TEXT)
    damaged = {
        "cut": packed[:-3],
        "flipped": packed[:20] + bytes([packed[20] ^ 255]) + packed[21:],
        "followed": packed + b"xyz",
        "plain": TEXT,
    }
    body = unpack(coding, damaged[change])
    error = body.error or body.finish()[1]
    assert error is not None
    assert error.status == HTTPStatus.BAD_REQUEST
    assert "unpacked" in error.message


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = gzip.compress(b"\0" * 200_000_000)
    body = unpack(b"gzip", bomb, len(bomb))
    assert body.error is not None
    assert body.error.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert len(body.content) == LIMIT + 1


def test_what_unpacks_to_nothing_is_limited_by_its_own_size() -> None:
    empty_blocks = b"\x00\x00\x00\xff\xff" * 50_000
    body = unpack(b"deflate", empty_blocks)
    assert body.error is not None
    assert body.error.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    members = unpack(b"gzip", gzip.compress(b"") * 1000)
    assert members.error is not None
    assert members.error.status == HTTPStatus.BAD_REQUEST


def test_requests_over_a_connection_are_unpacked_and_the_next_one_is_answered() -> None:
    packed = request(b"POST", gzip.compress(b"hello"), b"Content-Encoding: gzip\r\n")
    wire = exchange([packed + request(b"POST", b"", b"Content-Encoding: gzip\r\n") + packed])
    assert wire.sent.count(b"POST /p 5 hello") == 2
    assert wire.sent.count(b"POST /p 0 ") == 1
    upgrade = b"Content-Encoding: gzip\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n"
    assert b"5 hello" in exchange([request(b"POST", gzip.compress(b"hello"), upgrade)]).sent


def test_an_unsupported_coding_is_answered_at_once_with_its_header() -> None:
    head = request(b"POST", b"x" * 100, b"Content-Encoding: br\r\nExpect: 100-continue\r\n")[:-100]
    wire = exchange([head])
    assert b"\r\naccept-encoding: gzip, deflate\r\n" in wire.sent
    assert b"100 Continue" not in wire.sent
    assert wire.has_sent_eof


@pytest.mark.parametrize(
    ("headers", "content"),
    [(b"", b"3 {1}"), (b"Inference-Header-Content-Length: 0\r\n", b"6 \xef\xbb\xbf{1}")],
    ids=["JSON", "binary"],
)
def test_a_byte_order_mark_is_removed_but_from_binary_data(headers: bytes, content: bytes) -> None:
    wire = exchange([request(b"POST", b"\xef\xbb\xbf{1}", headers)])
    assert wire.sent.endswith(b"POST /p " + content)
