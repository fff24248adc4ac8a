"""A connection's bytes: however they are cut, the answers are the same, and nothing is thrown."""

import asyncio
import gc
import itertools
import weakref
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import Counter

from homestead.serving.http.connection import JSON_HEADER, Connection, Responder
from homestead.serving.http.parser import MAX_BODY_BYTES, MAX_HEADER_BYTES


class Wire:
    """What a connection does with its transport."""

    def __init__(self) -> None:
        self.sent = b""
        self.reading = True
        self.ended = self.closed = self.aborted = False
        self.unread = 0

    def write(self, data: bytes) -> None:
        assert not self.ended, "written behind the end"
        self.sent += data

    def write_eof(self) -> None:
        self.ended = True

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = self.aborted = True

    def get_write_buffer_size(self) -> int:
        return self.unread

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True


class Echo:
    """Answers with what came, at once or in the next turn of the loop."""

    draining = False

    def __init__(self, later: bool) -> None:
        self.later = later

    def __call__(self, method: bytes, target: bytes, body: bytes, answer: Responder) -> None:
        content = b"%b %b %d %b" % (method, target[:20], len(body), body[:30])
        if self.later:
            asyncio.get_running_loop().call_soon(answer, 200, content, JSON_HEADER)
        else:
            answer(200, content)


def connect(application: Any) -> tuple[Connection, Wire]:
    wire = Wire()
    refused = Counter("refused", "-", registry=None)
    shared: Any = SimpleNamespace(
        application=application, refused=refused, request_s=5, connections=set(), date=b""
    )
    connection = Connection(shared)
    connection.connection_made(cast(Any, wire))
    return connection, wire


def talk(pieces: Sequence[bytes], later: bool = False) -> Wire:
    """What a client that sends these pieces gets."""

    async def run() -> Wire:
        connection, wire = connect(Echo(later))
        for piece in pieces:
            while not wire.reading:
                await asyncio.sleep(0)
            connection.data_received(piece)
        for _ in range(300):
            await asyncio.sleep(0)
        return wire

    return asyncio.run(run())


def plain(method: bytes, body: bytes, more: bytes = b"") -> bytes:
    return b"%b /p HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n%b\r\n%b" % (
        *(method, len(body), more, body),
    )


def chunked(parts: list[bytes], trailer: bytes) -> bytes:
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts if part)
    return b"PUT /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n%b0\r\n%b\r\n" % (
        *(chunks, trailer),
    )


OFFER = b"Connection: Upgrade\r\nUpgrade: h2c\r\n"
bodies = st.binary(max_size=40)
good = st.one_of(
    st.builds(plain, st.sampled_from([b"POST", b"GET", b"HEAD"]), bodies),
    st.builds(plain, st.just(b"POST"), bodies, st.just(OFFER)),
    st.builds(chunked, st.lists(bodies, max_size=4), st.sampled_from([b"", b"X: y\r\n"])),
    st.just(b"GET /g?a=b HTTP/1.1\r\nHost: x\r\n\r\n"),
)
bad = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(
        [
            b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n",
            b"GET / HTTP/1.0\r\n\r\n",
            b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
            b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx",
            b"\r\n\r\n",
        ]
    ),
)


@st.composite
def cut(draw: st.DrawFn) -> tuple[bytes, list[bytes]]:
    """What is sent, and the pieces in which it arrives."""
    data = b"".join(draw(st.lists(good | good | bad, min_size=1, max_size=6)))
    places = sorted(draw(st.lists(st.integers(0, len(data)), max_size=8)))
    ends = [0, *places, len(data)]
    pieces = [data[a:b] for a, b in itertools.pairwise(ends) if a < b]
    return data, pieces


@settings(max_examples=400, deadline=None)
@given(cut(), st.booleans())
def test_pieces_make_no_difference(found: tuple[bytes, list[bytes]], later: bool) -> None:
    data, pieces = found
    whole, again = talk([data]), talk(pieces, later)
    assert again.sent == whole.sent
    assert again.ended == whole.ended


@settings(max_examples=100, deadline=None)
@given(st.lists(good, min_size=1, max_size=8), st.booleans())
def test_each_request_has_one_answer_in_its_turn(requests: list[bytes], later: bool) -> None:
    wire = talk([b"".join(requests)], later)
    assert wire.sent == b"".join(talk([one]).sent for one in requests)
    assert wire.sent.count(b"HTTP/1.1 200 OK\r\n") == len(requests)
    assert not wire.ended


@pytest.mark.parametrize(
    ("pieces", "status"),
    [
        ([b"GET / HTTP/1.1\r\nX: " + b"a" * MAX_HEADER_BYTES + b"\r\n\r\n"], 431),
        ([b"GET / HTTP/1.1\r\n", *[b"X: " + b"a" * 900 + b"\r\n"] * 40], 431),
        ([b"GET / HTTP/1.1\r\nX: " + b"a" * 900, *[b"a" * 900] * 40], 431),
        ([plain(b"POST", b"x" * (MAX_BODY_BYTES + 9)), plain(b"POST", b"never")], 200),
    ],
)
def test_a_limit_ends_what_is_read(pieces: list[bytes], status: int) -> None:
    wire = talk([*pieces, plain(b"POST", b"never")])
    assert wire.sent.startswith(b"HTTP/1.1 %d " % status)
    assert wire.sent.count(b"HTTP/1.1") == 1
    assert b"connection: close" in wire.sent
    assert b"never" not in wire.sent
    assert wire.ended


def test_a_failing_application_is_a_500_and_the_next_request_is_answered(
    caplog: pytest.LogCaptureFixture,
) -> None:
    failing: Callable[..., None] = Echo(later=False)

    def once(*values: Any) -> None:
        if values[1] == b"/p":
            raise RuntimeError("a bug")
        failing(*values)

    async def run() -> Wire:
        cast(Any, once).draining = False
        connection, wire = connect(once)
        connection.data_received(plain(b"POST", b"") + b"GET /g HTTP/1.1\r\n\r\n")
        return wire

    sent = asyncio.run(run()).sent
    assert sent.startswith(b"HTTP/1.1 500 ")
    assert b"HTTP/1.1 200 " in sent
    assert "a bug" in caplog.text


class Never(Echo):
    """Leaves its callers waiting, and keeps what they are to be answered with."""

    def __init__(self) -> None:
        super().__init__(later=False)
        self.answers: list[Responder] = []

    def __call__(self, method: bytes, target: bytes, body: bytes, answer: Responder) -> None:
        self.answers.append(answer)


def test_large_bodies_that_wait_for_their_turn_are_not_collected() -> None:
    async def run() -> None:
        connection, wire = connect(Never())
        sent = 0
        while wire.reading and sent < 100:
            connection.data_received(plain(b"POST", b"x" * 100_000))
            sent += 1
        assert sent == 2

    asyncio.run(run())


def test_clients_that_keep_a_connection_waiting_lose_it_and_others_do_not() -> None:
    async def run() -> None:
        now = asyncio.get_running_loop().time()
        connection, wire = connect(Echo(later=False))
        connection.data_received(plain(b"POST", b""))
        for second in range(120):
            connection.look(now + second)
            assert not wire.closed
        connection.look(now + 123)
        assert wire.closed
        # Answers that are read slowly, then not at all.
        connection, wire = connect(Echo(later=False))
        for second in range(300):
            wire.unread = 1_000_000 - second
            connection.look(now + second)
        assert not wire.closed
        for second in range(300, 332):
            connection.look(now + second)
        assert wire.aborted
        # A request that does not come to its end.
        connection, wire = connect(Echo(later=False))
        connection.data_received(b"POST /p HTTP/1.1\r\n")
        connection.look(now + 4)
        assert not wire.sent
        connection.look(now + 7)
        assert wire.sent.startswith(b"HTTP/1.1 408 ")
        assert wire.ended
        connection.look(now + 20)
        assert wire.aborted

    asyncio.run(run())


def test_a_word_before_the_body_comes_in_its_turn_and_only_to_who_knows_it() -> None:
    async def run() -> None:
        application = Never()
        connection, wire = connect(application)
        head, body = plain(b"POST", b"abc", b"Expect: 100-continue\r\n").split(b"\r\n\r\n")
        connection.data_received(plain(b"POST", b"") + head + b"\r\n\r\n")
        assert wire.sent == b""
        application.answers.pop()(200, b"first")
        assert wire.sent.endswith(b"first" + b"HTTP/1.1 100 Continue\r\n\r\n")
        connection.data_received(body)
        assert len(application.answers) == 1
        old, wire = connect(Echo(later=False))
        old.data_received(head.replace(b"HTTP/1.1", b"HTTP/1.0") + b"\r\n\r\n" + body)
        assert wire.sent.startswith(b"HTTP/1.1 200 ")

    asyncio.run(run())


def test_an_offer_makes_no_newer_client_of_an_old_one() -> None:
    wire = talk([plain(b"POST", b"x", OFFER).replace(b"HTTP/1.1", b"HTTP/1.0")])
    assert wire.sent.startswith(b"HTTP/1.1 200 ")
    assert b"connection: close" in wire.sent
    assert wire.ended


def test_a_target_counts_as_header() -> None:
    wire = talk([b"GET /" + b"a" * MAX_HEADER_BYTES + b" HTTP/1.1\r\n\r\n"])
    assert wire.sent.startswith(b"HTTP/1.1 431 ")


def test_a_lost_connection_leaves_nothing_to_the_collector() -> None:
    async def run() -> "weakref.ref[Connection]":
        connection, _ = connect(Echo(later=False))
        connection.data_received(plain(b"POST", b"x" * 1000)[:-1])
        connection.connection_lost(None)
        return weakref.ref(connection)

    gc.disable()
    try:
        assert asyncio.run(run())() is None
    finally:
        gc.enable()


def test_many_requests_in_one_piece_leave_the_loop_to_others_in_between() -> None:
    async def run() -> None:
        connection, wire = connect(Echo(later=False))
        connection.data_received(b"HEAD /g HTTP/1.1\r\nHost: x\r\n\r\n" * 1000)
        counts = [wire.sent.count(b"HTTP/1.1 200")]
        while counts[-1] < 1000:
            await asyncio.sleep(0)
            counts.append(wire.sent.count(b"HTTP/1.1 200"))
        assert max(b - a for a, b in itertools.pairwise([0, *counts])) <= 100
        assert wire.reading

    asyncio.run(run())


def test_a_drain_answers_what_has_come_whole() -> None:
    async def run() -> None:
        application = Never()
        connection, wire = connect(application)
        connection.data_received(plain(b"POST", b"") * 3)
        application.draining = True
        for number in range(3):
            assert not wire.ended
            application.answers.pop()(200, b"%d" % number)
        assert wire.sent.count(b"HTTP/1.1 200") == 3
        assert wire.sent.count(b"connection: close") == 1
        assert wire.ended

    asyncio.run(run())


@pytest.mark.parametrize("version", [b"2.0", b"0.9"])
def test_other_versions_of_http_are_not_spoken(version: bytes) -> None:
    wire = talk([b"GET / HTTP/%b\r\nHost: x\r\n\r\n" % version])
    assert wire.sent.startswith((b"HTTP/1.1 505 ", b"HTTP/1.1 400 "))
    assert wire.ended
