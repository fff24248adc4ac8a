"""Many bad requests do not make the server fail; many good ones do not make it grow.

HOMESTEAD_FUZZ and HOMESTEAD_SOAK are the numbers of requests (``make fuzz``, ``make soak``);
HOMESTEAD_FUZZ_SEED draws the bad ones of an earlier run again.
"""

import http.client
import json
import os
import re
import secrets
import socket
from collections import Counter
from pathlib import Path
from typing import Never

from homestead.serving.request_limits import MAX_INLINE_ROWS
from tests.fuzzing import VALID, FuzzRequest, RequestGenerator, ValidRequest
from tests.serving import FULL, Server, ask

REQUESTS = int(os.environ.get("HOMESTEAD_FUZZ", "20000"))
SOAK = int(os.environ.get("HOMESTEAD_SOAK", "30000"))
_PART = 100
_GROWTH_MB = 8


def test_no_request_makes_the_server_fail(server: Server) -> None:
    seed = int(os.environ.get("HOMESTEAD_FUZZ_SEED", "0")) or secrets.randbits(32)
    print(f"HOMESTEAD_FUZZ_SEED={seed}")  # noqa: T201
    generator = RequestGenerator(seed)
    seen: Counter[int] = Counter()
    client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    for _ in range(REQUESTS):
        request = generator.draw()
        try:
            seen[send(client, request)] += 1
        except Exception as error:
            error.add_note(f"seed {seed}, request {request!r}")
            raise
    client.close()
    print(f"{REQUESTS} requests: {dict(sorted(seen.items()))}")  # noqa: T201
    assert seen[200] > 0.05 * REQUESTS, "the requests do not get beyond the first checks"
    assert sum(n for status, n in seen.items() if status >= 400) > 0.5 * REQUESTS
    assert ask(server, FULL).status_code == 200
    assert 'failed_requests_total{model="churn",reason="internal"} 0.0' in server.metrics()


def send(client: http.client.HTTPConnection, request: FuzzRequest) -> int:
    """Send a request, check that the answer is one, and return its status."""
    client.request(request.method, request.target, request.body, request.headers)
    answer = client.getresponse()
    content = answer.read()
    assert answer.status < 500, content
    if request.method != "HEAD" and answer.headers["content-type"] == "application/json":
        json.loads(content, parse_constant=refuse_constant)
    return answer.status


def refuse_constant(name: str) -> Never:
    raise AssertionError(f"{name} in an answer, which JSON does not know")


def memory_mb(server: Server) -> float:
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(re.findall(r"RssAnon:\s+(\d+)", status)[0]) / 1024


def wire(request: ValidRequest) -> bytes:
    """Return a request as its client writes it."""
    body = request.body if isinstance(request.body, bytes) else json.dumps(request.body).encode()
    headers = {**request.headers, "host": "x", "content-length": str(len(body))}
    lines = [f"POST {request.path} HTTP/1.1", *(f"{name}: {v}" for name, v in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


def test_memory_does_not_grow_with_the_requests(server: Server) -> None:
    # Explanations are slow, and feedback is for predictions that were made.
    requests = [r for r in VALID if not r.path.endswith((":explain", "feedback"))]
    # One that takes the lane for heavy requests, in each part.
    heavy = ValidRequest("/predict", {"jsonData": [FULL] * (MAX_INLINE_ROWS + 1)})
    drawn = [heavy, *(requests[number % len(requests)] for number in range(1, _PART))]
    part = b"".join(map(wire, drawn))
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
