"""Signed certificates: any flipped byte, and any other model, champion or problem, is refused."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from homestead.errors import UserError
from homestead.signing.dsse import sign_payload
from homestead.signing.keys import SigningKey
from homestead.signing.model_certificate import (
    PREDICATE_TYPE,
    SignedPredicate,
    certificate_file,
    open_envelope,
    require_named_content,
    verify_certificate,
)
from homestead.signing.statement import PAYLOAD_TYPE, statement_payload
from tests.signed import CHAMPION, KEY, MODEL, OTHER, OTHER_KEY, PROBLEM, envelope, trusted

SIGNED = envelope()
URI = f"s3://models/{certificate_file(SIGNED)}"


def verify(
    content: bytes = SIGNED,
    model: str = MODEL,
    champion: str | None = CHAMPION,
    problem: str = PROBLEM,
    key: SigningKey = KEY,
) -> SignedPredicate:
    return verify_certificate(
        content,
        trusted(key),
        origin="c.json",
        problem=problem,
        model_digest=model,
        champion_digest=champion,
    )


def refusal(*arguments: Any, **named: Any) -> str:
    with pytest.raises(UserError) as error:
        verify(*arguments, **named)
    return str(error.value)


def test_a_certificate_says_what_it_binds_and_who_signed() -> None:
    signed = verify()
    assert (signed.problem, signed.decision) == (PROBLEM, "promote")
    assert (signed.model_digest, signed.champion_digest) == (MODEL, CHAMPION)
    assert signed.key_ids == (KEY.key_id,)
    assert signed.predicate["schema_version"] == 1


def test_a_champion_may_have_replaced_any_other_or_none() -> None:
    assert verify(champion=None).champion_digest == CHAMPION
    assert verify(envelope(champion=None), champion=None).champion_digest is None


def test_a_swapped_certificate_is_refused() -> None:
    assert refusal(envelope(model=OTHER)) == (
        f"c.json: the certificate is of model {OTHER[:12]}, not of {MODEL[:12]}"
    )


def test_an_older_certificate_for_another_champion_is_refused() -> None:
    assert refusal(envelope(champion=OTHER)) == (
        f"c.json: the certificate of model {MODEL[:12]} was issued against champion {OTHER[:12]},"
        f" the champion is {CHAMPION[:12]}"
    )
    assert "was issued without a champion" in refusal(envelope(champion=None))


def test_a_certificate_that_keeps_the_champion_is_refused_but_can_be_read() -> None:
    kept = envelope(decision="keep")
    assert "says 'keep', not 'promote'" in refusal(kept)
    assert open_envelope(kept, trusted(KEY), "c.json").decision == "keep"


def test_another_problems_certificate_is_refused() -> None:
    message = refusal(envelope(problem="houses"))
    assert "found a certificate of the problem houses, allowed is flats" in message


def test_a_wrong_key_is_refused() -> None:
    assert "signed by no trusted key" in refusal(key=OTHER_KEY)


def signed_statement(changes: dict[str, Any]) -> bytes:
    predicate = open_envelope(SIGNED, trusted(KEY), "").predicate
    content = json.loads(statement_payload("model.onnx", MODEL, PREDICATE_TYPE, predicate))
    return sign_payload(json.dumps({**content, **changes}).encode(), PAYLOAD_TYPE, KEY)


def test_a_statement_about_another_file_than_its_certificate_is_refused() -> None:
    other = [{"name": "m", "digest": {"sha256": OTHER}}]
    assert f"is of model {MODEL[:12]}, its statement of {OTHER[:12]}" in refusal(
        signed_statement({"subject": other})
    )
    both = [*other, {"name": "n", "digest": {"sha256": MODEL}}]
    assert verify(signed_statement({"subject": both})).model_digest == MODEL


def test_a_predicate_that_binds_nothing_is_refused() -> None:
    message = refusal(signed_statement({"predicate": {"problem": "flats"}}))
    assert message == "c.json: predicate: decision: Field required"


@given(position=st.integers(0, len(SIGNED) - 1), value=st.integers(1, 255))
@example(position=0, value=1)
@example(position=len(SIGNED) - 1, value=1)
def test_a_flipped_byte_anywhere_is_refused(position: int, value: int) -> None:
    flipped = bytearray(SIGNED)
    flipped[position] ^= value
    with pytest.raises(UserError, match="the certificate was changed: its digest is"):
        require_named_content(bytes(flipped), URI)
    # Without the name, too, no other content passes: only white space can be another.
    try:
        signed = verify(bytes(flipped))
    except UserError as error:
        assert str(error).startswith("c.json: ")
    else:
        assert signed == verify()
        assert json.loads(flipped) == json.loads(SIGNED)


def test_a_file_is_named_by_its_content() -> None:
    require_named_content(SIGNED, URI)
    require_named_content(SIGNED, f"/a home %25/{certificate_file(SIGNED)}")
