"""Strict JSON bodies, and the checks that the protocols share."""

import json
import time

import pytest

from homestead.serving.errors import RefusedError
from homestead.serving.protocols.json_body import (
    decode_json_object,
    named_rows,
    parse_flag,
    parse_request_id,
)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"a": 1, "a": 2}', "'a' is given twice"),
        (b'{"a" : 1, "b": [{"c": 1, "c" : 1}]}', "'c' is given twice"),
        (b'{"a": 1, "a": 2, "t": "\\u003a"}', "'a' is given twice"),
        (b'{"a": Nan}', "not JSON"),
        (b"{NaN: 1}", "not JSON"),
        (b'{"a": NaN, "a": 1}', "'a' is given twice"),
        (b'{"a": 1e999}', "not JSON"),
        (b'{"a": 1', "not JSON"),
        (b"\xff", "not JSON"),
        (b"[1]", "the body is [1], allowed is an object"),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, "nested too deeply"),
    ],
)
def test_only_strict_json_objects_are_accepted(content: bytes, message: str) -> None:
    with pytest.raises(RefusedError) as error:
        decode_json_object(content)
    assert message in str(error.value)


def test_tokens_that_json_does_not_have_are_missing_or_refused_by_name() -> None:
    body = b'{"a": [NaN, Infinity, -Infinity, Inf], "NaN \\" Infinity": "NaN", "b": "\\\\"}'
    assert decode_json_object(body) == {
        "a": [None, "Infinity", "-Infinity", "Inf"],
        'NaN " Infinity': "NaN",
        "b": "\\",
    }


def test_a_body_of_quotation_marks_takes_linear_time() -> None:
    started = time.perf_counter()
    for body in (b'NaN"' + b'\\"' * 2_000_000, b"NaN" + b'"' * 4_000_001):
        with pytest.raises(RefusedError):
            decode_json_object(body)
    assert time.perf_counter() - started < 10


def test_colons_in_values_are_not_duplicates() -> None:
    value = {"at": "2015-01-01T00:00:00", "a:b": "::", "c": 'say "x":'}
    assert decode_json_object(json.dumps(value).encode()) == value


def test_flags_may_be_texts() -> None:
    assert [parse_flag(value, "explain") for value in (None, False, "false")] == [False] * 3
    assert [parse_flag(value, "explain") for value in (True, "true")] == [True] * 2
    with pytest.raises(RefusedError, match="explain: found 1, allowed are true, false"):
        parse_flag(1, "explain")


def test_an_empty_request_id_is_none() -> None:
    assert [parse_request_id(value, "id") for value in (None, "", "mine")] == [None, None, "mine"]


def test_named_rows_need_as_many_values_as_names() -> None:
    assert named_rows(["a", "b"], [[1, 2]], "data.names") == [{"a": 1, "b": 2}]
    with pytest.raises(RefusedError, match="row 1: found 1, allowed are 2 values"):
        named_rows(["a", "b"], [[1, 2], [1]], "data.names")
    with pytest.raises(RefusedError, match=r"data\.names: 'b' is given twice"):
        named_rows(["a", "b", "c", "b"], [], "data.names")
