"""The signed promotion certificate of a model: what it must say so that the model may serve.

The whole certificate is :class:`homestead.evaluation.certificate.Certificate`; a server needs, and
may import, only what binds it to a model and to the champion that it was compared with.
"""

import hashlib
import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from homestead.errors import UserError, first_fault
from homestead.signing.dsse import sign_payload, verify_envelope
from homestead.signing.keys import SigningKey, VerifyKey
from homestead.signing.statement import PAYLOAD_TYPE, parse_statement, statement_payload

PREDICATE_TYPE: Final = "urn:homestead:promotion-certificate:v1"
FILE_SUFFIX: Final = ".intoto.json"
_SHOWN_DIGITS = 12
_SHA256 = r"^[0-9a-f]{64}$"


class _Model(BaseModel):
    digest: str = Field(pattern=_SHA256)


class _Predicate(BaseModel):
    model_config = ConfigDict(strict=True)
    problem: str
    decision: str
    winner: _Model
    champion: _Model | None


@dataclass(frozen=True)
class SignedPredicate:
    """Content of an envelope that a trusted key has signed.

    Attributes:
        problem: its name.
        decision: ``promote`` or ``keep``.
        model_digest: SHA-256 of the certified model's file, in hex.
        champion_digest: the same of the champion that it was compared with; None if there was none.
        key_ids: the trusted keys that signed.
        predicate: the whole certificate.
    """

    problem: str
    decision: str
    model_digest: str
    champion_digest: str | None
    key_ids: tuple[str, ...]
    predicate: dict[str, Any]


def sign_predicate(predicate: dict[str, Any], key: SigningKey) -> bytes:
    """Return the signed certificate, a DSSE envelope with an in-toto statement.

    Args:
        predicate: the certificate's JSON.
    """
    digest: str = predicate["winner"]["digest"]
    payload = statement_payload("model.onnx", digest, PREDICATE_TYPE, predicate)
    return sign_payload(payload, PAYLOAD_TYPE, key)


def open_envelope(envelope: bytes, keys: Mapping[str, VerifyKey], origin: str) -> SignedPredicate:
    """Return what a signed certificate says, whatever was decided.

    Args:
        keys: the trusted keys by id.
        origin: where the envelope comes from, for messages.

    Raises:
        UserError: it is no certificate that a trusted key has signed; the message says why.
    """
    payload, key_ids = verify_envelope(envelope, PAYLOAD_TYPE, keys, origin)
    statement = parse_statement(payload, PREDICATE_TYPE, origin)
    try:
        content = _Predicate.model_validate(statement.predicate)
    except ValidationError as error:
        raise UserError(f"{origin}: predicate: {first_fault(error)}") from None
    if content.winner.digest not in statement.digests:
        raise UserError(
            f"{origin}: the certificate is of model {_short(content.winner.digest)}, its statement"
            f" of {', '.join(map(_short, statement.digests))}"
        )
    champion = None if content.champion is None else content.champion.digest
    return SignedPredicate(
        content.problem,
        content.decision,
        content.winner.digest,
        champion,
        key_ids,
        statement.predicate,
    )


def verify_certificate(
    envelope: bytes,
    keys: Mapping[str, VerifyKey],
    *,
    origin: str,
    problem: str,
    model_digest: str,
    champion_digest: str | None = None,
) -> SignedPredicate:
    """Return a signed certificate that lets a model answer requests.

    Args:
        keys: the trusted keys by id.
        origin: where the envelope comes from, for messages.
        problem: the problem's name.
        model_digest: SHA-256 of the model's file, in hex.
        champion_digest: the same of the champion whose place the model may take, for a challenger;
            None for a model that is itself the champion, whatever it was compared with.

    Raises:
        UserError: as :func:`open_envelope`; or the certificate is of another model or problem,
            was issued against another champion, or does not say 'promote'.
    """
    signed = open_envelope(envelope, keys, origin)
    if signed.problem != problem:
        raise UserError(
            f"{origin}: found a certificate of the problem {signed.problem[:60]},"
            f" allowed is {problem}"
        )
    if signed.model_digest != model_digest:
        raise UserError(
            f"{origin}: the certificate is of model {_short(signed.model_digest)}, not of"
            f" {_short(model_digest)}"
        )
    if signed.decision != "promote":
        raise UserError(
            f"{origin}: the certificate of model {_short(model_digest)} says"
            f" {signed.decision[:60]!r}, not 'promote'"
        )
    if champion_digest is not None and signed.champion_digest != champion_digest:
        compared = (
            "without a champion"
            if signed.champion_digest is None
            else f"against champion {_short(signed.champion_digest)}"
        )
        raise UserError(
            f"{origin}: the certificate of model {_short(model_digest)} was issued {compared},"
            f" the champion is {_short(champion_digest)}"
        )
    return signed


def require_certificate(uri: str | None, version: str) -> str:
    """Return the URI of a version's signed certificate.

    Raises:
        UserError: the version has none, as those that an earlier version of Homestead released.
    """
    if uri is None:
        raise UserError(
            f"version {version} has no signed certificate, so it may not be served: run homestead"
            " migrate with the settings of the training pipeline, or train once; both sign the"
            " certificates of versions that an earlier Homestead released"
        )
    return uri


def certificate_file(envelope: bytes) -> str:
    """Return the name of a signed certificate's file: its SHA-256."""
    return hashlib.sha256(envelope).hexdigest() + FILE_SUFFIX


def require_named_content(envelope: bytes, uri: str) -> None:
    """Refuse a file that has another content than its name says.

    Args:
        uri: its path or URI; the last part is a name by :func:`certificate_file`.

    Raises:
        UserError: the content differs from that which the file was named after.
    """
    named = posixpath.basename(uri)
    found = certificate_file(envelope)
    if named != found:
        raise UserError(
            f"{uri}: the certificate was changed: its digest is"
            f" {_short(found)}, its name says {_short(named)}"
        )


def _short(digest: str) -> str:
    return digest[:_SHOWN_DIGITS]
