"""DSSE, the Dead Simple Signing Envelope (protocol 1.0.2): a payload, its type, its signatures."""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from homestead.errors import UserError, first_fault
from homestead.signing.keys import SigningKey, VerifyKey, short_id
from homestead.signing.strict_json import parse_strictly

_URL_SAFE: Final = str.maketrans("-_", "+/")


class Signature(BaseModel):
    """A signature of an envelope.

    Attributes:
        keyid: which key to try; whether it is trusted is the verifier's to know.
        sig: the signature in base64.
    """

    model_config = ConfigDict(frozen=True, strict=True)
    keyid: str
    sig: str


class Envelope(BaseModel):
    """A signed payload.

    Attributes:
        payload: its bytes in base64.
        payload_type: says how to read them; the signatures cover it.
    """

    model_config = ConfigDict(frozen=True, strict=True, validate_by_name=True)
    payload: str
    payload_type: str = Field(alias="payloadType")
    signatures: list[Signature]


def pre_authentication_encoding(payload_type: str, payload: bytes) -> bytes:
    """Return the bytes that are signed, PAE of the DSSE protocol.

    Lengths stand before type and payload, so that no other pair gives the same bytes.
    """
    kind = payload_type.encode()
    return b" ".join(
        [b"DSSEv1", str(len(kind)).encode(), kind, str(len(payload)).encode(), payload]
    )


def sign_payload(payload: bytes, payload_type: str, key: SigningKey) -> bytes:
    """Return an envelope as JSON; the same payload and key give the same bytes."""
    signature = key.sign(pre_authentication_encoding(payload_type, payload))
    envelope = {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": payload_type,
        "signatures": [{"keyid": key.key_id, "sig": base64.b64encode(signature).decode()}],
    }
    return json.dumps(envelope, indent=2).encode() + b"\n"


def verify_envelope(
    content: bytes, payload_type: str, keys: Mapping[str, VerifyKey], origin: str
) -> tuple[bytes, tuple[str, ...]]:
    """Return the payload of an envelope that a trusted key has signed, and the ids of such keys.

    Signatures of unknown keys beside that of a trusted one say nothing and are no fault: while
    keys are exchanged, the new one may sign beside the old one.

    Args:
        payload_type: the only one that is allowed.
        keys: the trusted keys by id.
        origin: where the envelope comes from, for messages.

    Raises:
        UserError: not an envelope, another type, no signature of a trusted key, a signature that
            is not its key's, or one that is listed twice.
    """
    try:
        envelope = Envelope.model_validate(parse_strictly(content, origin))
    except ValidationError as error:
        raise UserError(f"{origin}: {first_fault(error)}") from None
    if envelope.payload_type != payload_type:
        raise UserError(
            f"{origin}: payloadType: found {envelope.payload_type[:100]!r},"
            f" allowed is {payload_type!r}"
        )
    payload = _decode(envelope.payload, f"{origin}: payload")
    message = pre_authentication_encoding(payload_type, payload)
    signatures = [
        (signature.keyid, _decode(signature.sig, f"{origin}: signatures.{index}.sig"))
        for index, signature in enumerate(envelope.signatures)
    ]
    _require_distinct(signatures, origin)
    signers = [key_id for key_id, _ in signatures if key_id in keys]
    for key_id, signature in signatures:
        if key_id in keys and not keys[key_id].verifies(signature, message):
            raise UserError(
                f"{origin}: the signature of key {short_id(key_id)} does not fit the content:"
                " one of the two was changed, or another key has signed"
            )
    if not signers:
        found = ", ".join(short_id(key_id)[:60] for key_id, _ in signatures)
        trusted = ", ".join(map(short_id, keys)) or "none"
        raise UserError(
            f"{origin}: signed by no trusted key: found key {found},"
            f" HOMESTEAD_VERIFY_KEYS trusts {trusted}"
        )
    return payload, tuple(signers)


def _require_distinct(signatures: list[tuple[str, bytes]], origin: str) -> None:
    if not signatures:
        raise UserError(f"{origin}: signatures: found none, at least one is needed")
    for position, name in enumerate(("key", "signature")):
        if len({signature[position] for signature in signatures}) < len(signatures):
            raise UserError(f"{origin}: signatures: found a {name} twice, allowed is once")


def _decode(text: str, origin: str) -> bytes:
    """Decode base64, standard or URL-safe, and refuse a second text of the same bytes."""
    standard = text.translate(_URL_SAFE)
    try:
        decoded = base64.b64decode(standard, validate=True)
    except (binascii.Error, ValueError):
        decoded = None
    if decoded is None or base64.b64encode(decoded).decode() != standard:
        raise UserError(f"{origin}: not base64")
    return decoded
