"""Thousands of bad requests do not make the server fail; many good ones do not make it grow.

HOMESTEAD_FUZZ and HOMESTEAD_SOAK are the numbers of requests (``make fuzz``, ``make soak``).
"""

import json
import os
import re
import socket
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.serving import FULL, Server, ask

REQUESTS = int(os.environ.get("HOMESTEAD_FUZZ", "20000"))
SOAK = int(os.environ.get("HOMESTEAD_SOAK", "30000"))
_PART = 100
_GROWTH_MB = 8
_BATCH = 10
PATHS = (
    "/predict",
    "/api/v1.0/predictions",
    "/send-feedback",
    "/v2/models/churn/infer",
    "/v2/models/churn/versions/1/infer",
    "/v1/models/churn:predict",
    "/v1/models/churn/versions/1:predict",
)
NAMES = ("customer", "day", "plan", "months", "satisfaction", "region", "paperless", "years", "x")
INPUTS = [{"name": n, "shape": [1], "datatype": "FP64", "data": [v]} for n, v in FULL.items()]
GOOD: tuple[Any, ...] = (
    {"jsonData": FULL},
    {"data": {"names": list(FULL), "ndarray": [list(FULL.values())]}},
    {"data": {"tensor": {"shape": [1, 5], "values": [2, 7.5, 1, 2.0, 0.4]}}},
    {"inputs": INPUTS, "id": "a", "parameters": {}},
    {"inputs": [{"name": "X", "shape": [1, 5], "datatype": "FP64", "data": [2, 7.5, 1, 2, 0.4]}]},
    {"instances": [FULL]},
    {"inputs": {name: [value] for name, value in FULL.items()}},
    {"response": {"meta": {"puid": "a"}}, "truth": {"data": {"ndarray": [["left"]]}}, "reward": 1},
)
NASTY = (
    *(b"NaN", b"-Infinity", b"1e999", b"-0", b"1" * 5000, b"0.1e-4000", b'"\\ud800"', b'"\\u0000"'),
    *(b'"\xff"', b"\xef\xbb\xbf", b"[" * 2000, b'{"a":' * 2000, b"tru", b"''", b"//", b"0x10"),
    *(b"9223372036854775808", b"-9223372036854775809", b"1.7976931348623157e309", b"[],", b"\x00"),
)

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["pro", "left", "2024-01-01", "FP64", "BYTES", "predict", "X"])
)
KEYS = (
    "jsonData data names ndarray tensor shape values meta tags inputs instances name datatype"
    " parameters outputs id explain truth reward"
)
keys = st.sampled_from([*NAMES, *KEYS.split()])
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=5),
    max_leaves=12,
)


@st.composite
def shaped(draw: st.DrawFn) -> bytes:
    """Draw a valid request in which one part is replaced by an arbitrary value."""
    body = json.loads(json.dumps(draw(st.sampled_from(GOOD))))
    holder, key = body, draw(st.sampled_from(sorted(body)))
    while isinstance(holder[key], dict | list) and holder[key] and draw(st.integers(0, 3)):
        holder = holder[key]
        key = (
            draw(st.sampled_from(sorted(holder)))
            if isinstance(holder, dict)
            else draw(st.integers(0, len(holder) - 1))
        )
    holder[key] = draw(values)
    if isinstance(holder, dict) and draw(st.booleans()):
        holder[draw(keys)] = draw(values)
    return json.dumps(body).encode("utf-8", "surrogatepass")


@st.composite
def broken(draw: st.DrawFn) -> bytes:
    """Draw a valid request whose bytes are cut, doubled or mixed with others."""
    body = json.dumps(draw(st.sampled_from(GOOD))).encode()
    first, last = sorted((draw(st.integers(0, len(body))), draw(st.integers(0, len(body)))))
    middle = draw(st.sampled_from(NASTY) | st.binary(max_size=6) | st.just(body[first:last] * 2))
    return body[:first] + middle + body[last:]


bodies = (
    shaped()
    | broken()
    | st.binary(max_size=200)
    | values.map(lambda value: json.dumps(value).encode("utf-8", "surrogatepass"))
)
queries = st.sampled_from(["", "", "", "?explain=true", "?explain=2", "?explain=%ff&a", "?&&=="])
posts = st.tuples(st.just("POST"), st.sampled_from(PATHS), queries, bodies)
others = st.tuples(
    st.sampled_from(["POST", "GET", "PUT", "DELETE", "HEAD", "OPTIONS"]),
    st.sampled_from(PATHS) | st.text("abc/:%.~é\\", max_size=12).map(lambda path: f"/v2{path}"),
    queries,
    bodies,
)
batches = st.tuples(others, *[posts] * (_BATCH - 1))


def test_no_request_makes_the_server_fail(server: Server) -> None:
    seen: Counter[int] = Counter()

    @settings(
        max_examples=max(1, REQUESTS // _BATCH),
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(batch=batches)
    def attack(client: httpx.Client, batch: tuple[tuple[str, str, str, bytes], ...]) -> None:
        for method, path, query, body in batch:
            answer = client.request(method, path + query, content=body)
            seen[answer.status_code] += 1
            assert answer.status_code < 500, answer.text
            if method != "HEAD" and answer.headers["content-type"] == "application/json":
                answer.json()

    with httpx.Client(base_url=server.url) as client:
        attack(client)
    print(f"{sum(seen.values())} requests: {dict(sorted(seen.items()))}")  # noqa: T201
    assert sum(seen.values()) >= REQUESTS - _BATCH
    assert sum(n for status, n in seen.items() if status >= 400) > 0.5 * sum(seen.values())
    assert ask(server, FULL).status_code == 200
    assert (
        'homestead_failed_requests_total{model="churn",reason="internal"} 0.0' in server.metrics()
    )


def memory_mb(server: Server) -> float:
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(re.findall(r"RssAnon:\s+(\d+)", status)[0]) / 1024


def test_memory_does_not_grow_with_the_requests(server: Server) -> None:
    body = json.dumps({"jsonData": FULL}).encode()
    head = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body)
    part = (head + body) * _PART
    before = 0.0
    with socket.create_connection(("127.0.0.1", server.port), 30) as client:
        for number in range(SOAK // _PART):
            client.sendall(part)
            answered, tail = 0, b""
            while answered < _PART:
                found = tail + client.recv(1 << 20)
                answered += found.count(b"HTTP/1.1 200")
                tail = found[-11:]
            if number == SOAK // _PART // 5:
                before = memory_mb(server)
    after = memory_mb(server)
    print(f"{SOAK} requests: {before:.0f} MB after a fifth, {after:.0f} MB at the end")  # noqa: T201
    assert after - before < _GROWTH_MB
