"""DSSE envelopes: the protocol's own vector, another implementation's signature, refusals."""

import base64
import json
from typing import Any

import pytest

from homestead.errors import UserError
from homestead.signing.dsse import (
    pre_authentication_encoding,
    sign_payload,
    verify_envelope,
)
from tests.signed import KEY, OTHER_KEY, trusted

TYPE = "application/vnd.in-toto+json"
PAYLOAD = b'{"a": 1}'


def envelope(**changes: Any) -> bytes:
    content = json.loads(sign_payload(PAYLOAD, TYPE, KEY))
    return json.dumps({**content, **changes}).encode()


def signatures(*keys: Any) -> list[dict[str, str]]:
    return [json.loads(sign_payload(PAYLOAD, TYPE, key))["signatures"][0] for key in keys]


def refusal(content: bytes, *keys: Any) -> str:
    with pytest.raises(UserError) as error:
        verify_envelope(content, TYPE, trusted(*(keys or (KEY,))), "x.json")
    assert str(error.value).startswith("x.json: ")
    return str(error.value).removeprefix("x.json: ")


def test_the_encoding_is_that_of_the_protocols_example() -> None:
    assert (
        pre_authentication_encoding("http://example.com/HelloWorld", b"hello world")
        == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


def test_lengths_are_in_bytes_not_characters() -> None:
    assert pre_authentication_encoding("é", b"") == "DSSEv1 2 é 0 ".encode()


def test_an_envelope_of_securesystemslib_is_verified() -> None:
    # Made by securesystemslib 1.6.0 with the private key of 32 bytes 01.
    digest = "a1" * 32
    payload = (
        '{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"model.onnx","digest":'
        f'{{"sha256":"{digest}"}}}}],"predicateType":"urn:homestead:promotion-certificate:v1",'
        f'"predicate":{{"problem":"flats","decision":"promote","winner":{{"digest":"{digest}"}},'
        '"champion":null}}'
    ).encode()
    signature = (
        "0VwrEEPp2UlLLfWggql245h5N0k/CzgnS0YdnWv1+9HRTTbJd8+LBMCDyB22XZFDGKht4NTOxmXCOXSzKYYnCw=="
    )
    signed = json.dumps(
        {
            "payload": base64.b64encode(payload).decode(),
            "payloadType": TYPE,
            "signatures": [{"keyid": KEY.key_id, "sig": signature}],
        }
    ).encode()
    assert verify_envelope(signed, TYPE, trusted(KEY), "x") == (payload, (KEY.key_id,))
    assert json.loads(sign_payload(payload, TYPE, KEY))["signatures"][0]["sig"] == signature


def test_base64_may_be_url_safe() -> None:
    content = json.loads(sign_payload(b"\xff\xfe\xfd?", TYPE, KEY))
    content["payload"] = base64.urlsafe_b64encode(b"\xff\xfe\xfd?").decode()
    assert "_" in content["payload"]
    payload, _ = verify_envelope(json.dumps(content).encode(), TYPE, trusted(KEY), "x")
    assert payload == b"\xff\xfe\xfd?"


def test_a_new_keys_signature_may_stand_beside_that_of_the_old_one() -> None:
    both = envelope(signatures=signatures(KEY, OTHER_KEY))
    for keys in ((KEY,), (OTHER_KEY,), (KEY, OTHER_KEY)):
        _, key_ids = verify_envelope(both, TYPE, trusted(*keys), "x")
        assert key_ids == tuple(key.key_id for key in keys)


def test_a_key_that_is_not_trusted_is_named_with_those_that_are() -> None:
    message = refusal(envelope(), OTHER_KEY)
    assert message == (
        f"signed by no trusted key: found key {KEY.key_id[:16]},"
        f" HOMESTEAD_VERIFY_KEYS trusts {OTHER_KEY.key_id[:16]}"
    )


def test_another_keys_signature_under_a_trusted_name_is_refused() -> None:
    forged = [{**signatures(OTHER_KEY)[0], "keyid": KEY.key_id}]
    assert "does not fit the content" in refusal(envelope(signatures=forged))
    # A good one beside it does not make up for it.
    elsewhere = json.loads(sign_payload(b"other", TYPE, KEY))["signatures"]
    beside = signatures(OTHER_KEY) + elsewhere
    assert "does not fit" in refusal(envelope(signatures=beside), KEY, OTHER_KEY)


def test_a_signature_counts_once() -> None:
    assert "found a key twice" in refusal(envelope(signatures=signatures(KEY, KEY)))
    twin = {**signatures(KEY)[0], "keyid": OTHER_KEY.key_id}
    message = refusal(envelope(signatures=[*signatures(KEY), twin]), KEY, OTHER_KEY)
    assert "found a signature twice" in message


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (envelope(signatures=[]), "signatures: found none, at least one is needed"),
        (envelope(payloadType="text/plain"), "payloadType: found 'text/plain', allowed is"),
        (envelope(payload="e30"), "payload: not base64"),
        (envelope(payload="e3=="), "payload: not base64"),
        (envelope(payload="e30=\n"), "payload: not base64"),
        (envelope(payload="é"), "payload: not base64"),
        (envelope(payload=1), "payload: Input should be a valid string"),
        (b"{}", "payload: Field required"),
        (b"[]", "Input should be a valid dictionary"),
        (b"\xff", "not a text in UTF-8"),
        (b"{", "not JSON"),
        (b'{"payload": "", "payload": ""}', "not JSON: the key 'payload' occurs twice"),
        (b'{"payload": NaN}', "not JSON: found NaN, allowed are finite numbers"),
        (b"[" * 100_000, "not JSON"),
    ],
)
def test_what_is_no_envelope_is_named(content: bytes, expected: str) -> None:
    assert expected in refusal(content)
