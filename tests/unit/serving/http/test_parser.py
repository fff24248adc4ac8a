"""Request parser: limits, versions, and the same requests however their bytes are cut."""

import asyncio
import gzip
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homestead.serving.http.header_rules import MAX_HEADER_BYTES
from homestead.serving.http.request import HttpRequest
from homestead.serving.request_limits import MAX_BODY_BYTES
from tests.http_wire import (
    UPGRADE_HEADERS,
    Pending,
    chunked_request,
    connect,
    exchange,
    request,
)

bodies = st.binary(max_size=40)
valid_requests = st.one_of(
    st.builds(request, st.sampled_from([b"POST", b"GET", b"HEAD"]), bodies),
    st.builds(request, st.just(b"POST"), bodies, st.just(UPGRADE_HEADERS)),
    st.builds(
        lambda body: request(b"POST", gzip.compress(body), b"Content-Encoding: gzip\r\n"), bodies
    ),
    st.builds(chunked_request, st.lists(bodies, max_size=4), st.sampled_from([b"", b"X: y\r\n"])),
    st.just(b"GET /g?a=b HTTP/1.1\r\nHost: x\r\n\r\n"),
)
invalid_requests = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(
        [
            b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n",
            b"GET / HTTP/1.1\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
            b"PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
            b"POST / HTTP/1.1\r\nHost: x\r\nContent-Encoding: br\r\nContent-Length: 3\r\n\r\nabc",
            b"GET / HTTP/1.0\r\n\r\n",
            b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
            b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx",
            b"\r\n\r\n",
        ]
    ),
)


@st.composite
def cut_requests(draw: st.DrawFn) -> tuple[bytes, list[bytes]]:
    """Draw the bytes of some requests, and the pieces in which they arrive."""
    requests = st.lists(valid_requests | valid_requests | invalid_requests, min_size=1, max_size=6)
    data = b"".join(draw(requests))
    cuts = sorted(draw(st.lists(st.integers(0, len(data)), max_size=8)))
    bounds = [0, *cuts, len(data)]
    return data, [data[a:b] for a, b in itertools.pairwise(bounds) if a < b]


@settings(max_examples=400, deadline=None)
@given(cut_requests(), st.booleans())
def test_responses_do_not_depend_on_how_the_bytes_arrive(
    data_and_pieces: tuple[bytes, list[bytes]], later: bool
) -> None:
    data, pieces = data_and_pieces
    whole, cut = exchange([data]), exchange(pieces, later)
    assert cut.sent == whole.sent
    assert cut.has_sent_eof == whole.has_sent_eof


@settings(max_examples=100, deadline=None)
@given(st.lists(valid_requests, min_size=1, max_size=8), st.booleans())
def test_each_request_has_one_response_in_order(requests: list[bytes], later: bool) -> None:
    wire = exchange([b"".join(requests)], later)
    assert wire.sent == b"".join(exchange([one]).sent for one in requests)
    assert wire.sent.count(b"HTTP/1.1 200 OK\r\n") == len(requests)
    assert not wire.has_sent_eof


@pytest.mark.parametrize(
    ("pieces", "status"),
    [
        ([b"GET / HTTP/1.1\r\nX: " + b"a" * MAX_HEADER_BYTES + b"\r\n\r\n"], 431),
        ([b"GET / HTTP/1.1\r\n", *[b"X: " + b"a" * 900 + b"\r\n"] * 40], 431),
        ([b"GET / HTTP/1.1\r\nX: " + b"a" * 900, *[b"a" * 900] * 40], 431),
        ([b"GET /" + b"a" * MAX_HEADER_BYTES + b" HTTP/1.1\r\n\r\n"], 431),
        ([request(b"POST", b"x" * (MAX_BODY_BYTES + 9)), request(b"POST", b"never")], 200),
    ],
    ids=["header", "headers", "pieces", "target", "body"],
)
def test_nothing_is_read_beyond_a_limit(pieces: list[bytes], status: int) -> None:
    wire = exchange([*pieces, request(b"POST", b"never")])
    assert wire.sent.startswith(b"HTTP/1.1 %d " % status)
    assert wire.sent.count(b"HTTP/1.1") == 1
    assert b"connection: close" in wire.sent
    assert b"never" not in wire.sent
    assert wire.has_sent_eof


def test_a_body_too_large_in_another_version_of_http_is_rejected_too() -> None:
    body_too_large = request(b"POST", b"x" * (MAX_BODY_BYTES + 9))
    wire = exchange([body_too_large.replace(b"HTTP/1.1", b"HTTP/2.0")])
    assert wire.sent.startswith((b"HTTP/1.1 505 ", b"HTTP/1.1 400 "))
    assert wire.has_sent_eof


def test_an_upgrade_offer_does_not_change_the_version_of_a_request() -> None:
    wire = exchange([request(b"POST", b"x", UPGRADE_HEADERS).replace(b"HTTP/1.1", b"HTTP/1.0")])
    assert wire.sent.startswith(b"HTTP/1.1 200 ")
    assert b"connection: close" in wire.sent
    assert wire.has_sent_eof


@pytest.mark.parametrize("version", [b"2.0", b"0.9"])
def test_other_versions_of_http_are_rejected(version: bytes) -> None:
    wire = exchange([b"GET / HTTP/%b\r\nHost: x\r\n\r\n" % version])
    assert wire.sent.startswith((b"HTTP/1.1 505 ", b"HTTP/1.1 400 "))
    assert wire.has_sent_eof


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"POST / HTTP/1.1\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n", 400),
        (b"GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a b\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: user@a\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a, b:1x\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a:1x\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: [::1\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost:\r\n", 200),
        (b"GET / HTTP/1.1\r\nHost: [::1]:9000\r\n", 200),
        (b"GET / HTTP/1.1\r\nHost: under_score.example:80\r\n", 200),
        (b"GET / HTTP/1.0\r\n", 200),
        (b"PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n", 501),
        (b"PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n", 501),
        (b"PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n", 400),
        (b"PUT / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n", 400),
        (b"PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\tChunked \r\n", 200),
    ],
)
def test_heads_follow_the_standard(head: bytes, status: int) -> None:
    wire = exchange([head + b"\r\n0\r\n\r\n"])
    assert wire.sent.startswith(b"HTTP/1.1 %d " % status), wire.sent
    if status != 200:
        assert wire.sent.count(b"HTTP/1.1") == 1
        assert wire.has_sent_eof


@pytest.mark.parametrize("expect", [b"", b"Expect: 100-continue\r\n"])
def test_a_length_above_the_limit_is_refused_before_the_body_arrives(expect: bytes) -> None:
    requests: list[HttpRequest] = []

    async def run() -> bytes:
        application = Pending()
        connection, wire = connect(application)
        head = b"POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n%b\r\n"
        connection.data_received(head % (MAX_BODY_BYTES + 1, expect))
        requests.extend(application.requests)
        application.responders[0](413, b"")
        return wire.sent

    assert asyncio.run(run()).startswith(b"HTTP/1.1 413 ")
    (found,) = requests
    assert found.body_error is not None
    assert found.body_error.status == 413
    assert (found.method, found.target, found.body) == (b"POST", b"/p", b"")
