"""Random requests for the fuzz test, most of them valid but for one place.

Drawn by a plain random generator, some 30 µs each, so that a million requests take minutes. Each
is small and stands alone: a failure needs no shrinking.
"""

import gzip
import json
import random
import struct
import zlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import quote

from homestead.serving.request_limits import MAX_INLINE_BODY_BYTES
from tests.large_bodies import large_bodies
from tests.serving import FULL

DATATYPES = {str: "BYTES", bool: "BOOL", int: "INT64", float: "FP64"}
INPUTS = [
    {"name": name, "shape": [1], "datatype": DATATYPES[type(value)], "data": [value]}
    for name, value in FULL.items()
]
FORM = b'--x\r\nContent-Disposition: form-data; name="jsonData"\r\n\r\n%b\r\n--x--\r\n' % (
    json.dumps(FULL).encode()
)
MATRIX = [2, 7.5, 1, 2.0, 0.4]
PARTIAL = {name: value for name, value in FULL.items() if name != "plan"}
QUERIES = ("", "", "", "", "?explain=true", "?explain=2", "?explain=%ff&a", "?&&==")
METHODS = ("POST", "GET", "PUT", "DELETE", "HEAD", "OPTIONS")
NASTY = (
    *(b"NaN", b"-Infinity", b"1e999", b"-0", b"1" * 5000, b"0.1e-4000", b'"\\ud800"', b'"\\u0000"'),
    *(b'"\xff"', b"\xef\xbb\xbf", b"[" * 2000, b'{"a":' * 2000, b"tru", b"''", b"//", b"0x10"),
    *(b"9223372036854775808", b"-9223372036854775809", b"1.7976931348623157e309", b"[],", b"\x00"),
)
NAMES = ("customer", "day", "plan", "months", "satisfaction", "region", "paperless", "years", "x")
KEYS = (
    "jsonData data names ndarray tensor shape values meta tags inputs instances name datatype"
    " parameters outputs id explain truth reward examples context dataframe_split columns params"
    " binary_data_size binary_data_output puid requestPath"
)
SCALARS = (
    *(None, True, False, 0, 1, -1, 2**53, 2**63, 2**64, -(2**63) - 1, 2**70, 0.5, -0.0, 1e308),
    *(float("nan"), float("inf"), "", "pro", "left", "2024-01-01", "FP64", "BYTES", "predict", "X"),
    *("\x00", "é", "\ud800", "a" * 300, "1e3", "NaN"),
)


class ValidRequest(NamedTuple):
    """A request that the server takes.

    Attributes:
        body: bytes, or what JSON is made from.
        headers: those beyond the usual ones.
    """

    path: str
    body: Any
    headers: Mapping[str, str] = MappingProxyType({})


def _binary_request() -> ValidRequest:
    """Return a request whose numbers follow the JSON, and so do the numbers of its answer."""
    matrix = {"name": "input", "shape": [1, 5], "datatype": "FP64"}
    content = {
        "inputs": [{**matrix, "parameters": {"binary_data_size": 40}}],
        "parameters": {"binary_data_output": True},
    }
    header = json.dumps(content).encode()
    return ValidRequest(
        "/v2/models/churn/infer",
        header + struct.pack("<5d", *MATRIX),
        {"inference-header-content-length": str(len(header))},
    )


VALID = (
    ValidRequest("/predict", FULL),
    ValidRequest("/models/churn/predict", [FULL, FULL]),
    ValidRequest(
        "/models/churn/versions/1/predict", {name: [value] for name, value in FULL.items()}
    ),
    ValidRequest("/predict", {"jsonData": FULL}),
    ValidRequest("/predict", {"data": {"names": list(FULL), "ndarray": [list(FULL.values())]}}),
    ValidRequest(
        "/api/v1.0/predictions", {"data": {"tensor": {"shape": [1, 5], "values": MATRIX}}}
    ),
    ValidRequest(
        "/api/v0.1/predictions",
        {
            "jsonData": [FULL, FULL],
            "meta": {"puid": "a", "tags": {"batch_id": "b"}, "requestPath": {"c": "d"}},
        },
    ),
    ValidRequest("/predict", FORM, {"Content-Type": "multipart/form-data; boundary=x"}),
    ValidRequest("/api/v0.1/feedback", {"reward": 1}),
    ValidRequest("/v2/models/churn/infer", {"inputs": INPUTS, "id": "a", "parameters": {}}),
    ValidRequest(
        "/v2/models/churn/versions/1/infer",
        {"inputs": [{"name": "X", "shape": [1, 5], "datatype": "FP64", "data": MATRIX}]},
    ),
    ValidRequest("/v1/models/churn:predict", {"instances": [FULL]}),
    ValidRequest(
        "/v1/models/churn/versions/1:predict",
        {"inputs": {name: [value] for name, value in FULL.items()}},
    ),
    _binary_request(),
    ValidRequest("/v1/models/churn/labels/champion:predict", {"instances": [FULL]}),
    ValidRequest("/v1/models/churn:classify", {"context": {"plan": "pro"}, "examples": [PARTIAL]}),
    ValidRequest("/v1/models/churn:explain", {"instances": [FULL]}),
    ValidRequest(
        "/invocations",
        {"dataframe_split": {"columns": list(FULL), "data": [list(FULL.values())]}},
    ),
    ValidRequest("/invocations", {"inputs": {"X": [MATRIX]}, "params": {}}),
    ValidRequest(
        "/invocations",
        f"{','.join(FULL)}\n{','.join(map(str, FULL.values()))}\n".encode(),
        {"content-type": "text/csv"},
    ),
    ValidRequest(
        "/send-feedback",
        {
            "response": {"meta": {"puid": "a"}},
            "truth": {"data": {"ndarray": [["left"]]}},
            "reward": 1,
        },
    ),
)
# Decoded in the lane for heavy requests; rare, since each takes milliseconds.
LARGE = [*large_bodies("churn", MAX_INLINE_BODY_BYTES + 4096)]
JSON_TYPE = {"content-type": "application/json"}
PATHS = sorted({request.path for request in VALID})


class FuzzRequest(NamedTuple):
    """A request as it is sent."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


class RequestGenerator:
    """Draws requests; the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def draw(self) -> FuzzRequest:
        """Return the next request."""
        if self._is_likely(0.001):
            large = self._random.choice(LARGE)
            return FuzzRequest("POST", large.path, dict(JSON_TYPE), self._broken(large.content))
        valid = self._random.choice(VALID)
        path = valid.path if self._is_likely(0.8) else self._path()
        method = "POST" if self._is_likely(0.9) else self._random.choice(METHODS)
        headers = {name: self._header(value) for name, value in valid.headers.items()}
        body = self._body(valid.body)
        if self._is_likely(0.1):
            headers["content-encoding"], body = self._packed(body)
        if self._is_likely(0.05):
            headers["origin"] = self._random.choice(["null", "https://a.example", ""])
            headers["access-control-request-method"] = "POST"
        return FuzzRequest(method, path + self._random.choice(QUERIES), headers, body)

    def _packed(self, body: bytes) -> tuple[str, bytes]:
        """Return a content coding and a body, packed in it, in another one, or damaged."""
        draw = self._random
        packed = draw.choice([gzip.compress(body, 1), zlib.compress(body, 1), body])
        if self._is_likely(0.3):
            packed = self._broken(packed)
        return draw.choice(["gzip", "gzip", "deflate", "deflate", "identity", "br", "x, y"]), packed

    def _is_likely(self, probability: float) -> bool:
        return self._random.random() < probability

    def _path(self) -> str:
        if self._is_likely(0.5):
            return self._random.choice(PATHS)
        text = "".join(self._random.choices("abc/:%.~é\\", k=self._random.randrange(12)))
        return "/v2" + quote(text, safe="/:%")

    def _header(self, value: str) -> str:
        if self._is_likely(0.7):
            return value
        return self._random.choice(["", "0", "-1", "1", "99999999", "gzip", "é", value * 2])

    def _body(self, valid: Any) -> bytes:
        kind = self._random.random()
        if kind < 0.05:
            return self._random.randbytes(self._random.randrange(200))
        if kind < 0.1:
            return _encode(self._value(3))
        if kind < 0.6 and not isinstance(valid, bytes):
            return _encode(self._with_one_part_replaced(valid))
        return self._broken(valid if isinstance(valid, bytes) else _encode(valid))

    def _with_one_part_replaced(self, valid: Any) -> Any:
        body = json.loads(json.dumps(valid))
        holder, key = body, self._key_of(body)
        while isinstance(holder[key], dict | list) and holder[key] and self._is_likely(0.75):
            holder = holder[key]
            key = self._key_of(holder)
        if self._is_likely(0.1):
            del holder[key]
        elif self._is_likely(0.8):
            holder[key] = self._value(2)
        if isinstance(holder, dict) and self._is_likely(0.3):
            holder[self._name()] = self._value(2)
        return body

    def _key_of(self, holder: Any) -> Any:
        return self._random.choice(
            sorted(holder) if isinstance(holder, dict) else range(len(holder))
        )

    def _broken(self, body: bytes) -> bytes:
        """Return a body cut, doubled or mixed with other bytes at one place, or as it is."""
        draw = self._random
        first, last = sorted((draw.randrange(len(body) + 1), draw.randrange(len(body) + 1)))
        middles = (
            draw.choice(NASTY),
            draw.randbytes(draw.randrange(6)),
            body[first:last] * 2,
            body[first:last],
        )
        return body[:first] + draw.choice(middles) + body[last:]

    def _name(self) -> str:
        return self._random.choice([*NAMES, *KEYS.split()])

    def _value(self, depth: int) -> Any:
        """Return an arbitrary value of JSON, or one of Python's that JSON does not allow."""
        draw = self._random
        kind = draw.random()
        if depth == 0 or kind < 0.6:
            if self._is_likely(0.7):
                return draw.choice(SCALARS)
            return draw.choice([draw.gauss(0, 1e3), draw.randrange(-1000, 1000), draw.random()])
        if kind < 0.8:
            return [self._value(depth - 1) for _ in range(draw.randrange(4))]
        return {self._name(): self._value(depth - 1) for _ in range(draw.randrange(5))}


def _encode(value: Any) -> bytes:
    return json.dumps(value).encode("utf-8", "surrogatepass")
