"""In-toto statements: what must be there, and what is ignored."""

import json
from typing import Any

import pytest

from homestead.errors import UserError
from homestead.signing.statement import Statement, parse_statement, statement_payload

TYPE = "urn:example:predicate:v1"
DIGEST = "a1" * 32


def payload(**changes: Any) -> bytes:
    content = json.loads(statement_payload("model.onnx", DIGEST, TYPE, {"x": 1}))
    return json.dumps({**content, **changes}).encode()


def test_a_statement_says_what_it_was_made_of() -> None:
    made = statement_payload("model.onnx", DIGEST, TYPE, {"b": "é", "a": [1.5, None]})
    assert parse_statement(made, TYPE, "x") == Statement((DIGEST,), {"b": "é", "a": [1.5, None]})
    assert made == statement_payload("model.onnx", DIGEST, TYPE, {"a": [1.5, None], "b": "é"})


def test_keys_of_later_versions_are_ignored() -> None:
    subject = [{"name": "m", "uri": "file:///m", "digest": {"sha256": DIGEST}, "annotations": {}}]
    assert parse_statement(payload(later=1, subject=subject), TYPE, "x").digests == (DIGEST,)


def test_each_subject_with_a_sha256_counts() -> None:
    subject = [
        {"digest": {"sha512": "0" * 128}},
        {"name": "a", "digest": {"sha256": "b2" * 32, "gitCommit": "c0ffee"}},
        {"name": "b", "digest": {"sha256": DIGEST.upper()}},
    ]
    assert parse_statement(payload(subject=subject), TYPE, "x").digests == ("b2" * 32, DIGEST)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"_type": "https://in-toto.io/Statement/v0.1"}, "statement: _type: Input should be"),
        ({"predicateType": "urn:other:v1"}, "predicateType: found 'urn:other:v1', allowed is"),
        ({"subject": []}, "statement: subject: List should have at least 1 item"),
        ({"subject": [{"name": "m"}]}, "statement: subject.0.digest: Field required"),
        ({"subject": [{"digest": {}}]}, "statement: subject.0.digest: Dictionary should have"),
        ({"subject": [{"digest": {"sha512": "0"}}]}, "subject: found none with the digest sha256"),
        ({"predicate": None}, "statement: predicate: Input should be a valid dictionary"),
    ],
)
def test_what_is_no_such_statement_is_named(changes: dict[str, Any], expected: str) -> None:
    with pytest.raises(UserError) as error:
        parse_statement(payload(**changes), TYPE, "x.json")
    assert str(error.value).startswith(f"x.json: {expected}")


def test_a_key_that_occurs_twice_is_refused() -> None:
    twice = payload().replace(b'{"x": 1}', b'{"x": 1, "x": 2}')
    with pytest.raises(UserError, match="the key 'x' occurs twice"):
        parse_statement(twice, TYPE, "x.json")
