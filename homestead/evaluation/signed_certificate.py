"""The promotion certificate with its signature, as pipeline steps pass it on."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from homestead.errors import UserError
from homestead.evaluation.certificate import Certificate
from homestead.signing.keys import SigningKey, VerifyKey
from homestead.signing.model_certificate import certificate_file, open_envelope, sign_predicate


@dataclass(frozen=True)
class SignedCertificate:
    """A certificate and the envelope in which it was signed.

    Attributes:
        envelope: DSSE envelope (JSON) of an in-toto statement, whose predicate the certificate is.
        key_ids: the trusted keys that signed it.
    """

    certificate: Certificate
    envelope: bytes
    key_ids: tuple[str, ...]

    @classmethod
    def sign(cls, certificate: Certificate, key: SigningKey) -> Self:
        """Sign a certificate; the same certificate and key give the same bytes."""
        envelope = sign_predicate(json.loads(certificate.to_json()), key)
        return cls(certificate, envelope, (key.key_id,))

    @classmethod
    def from_bytes(cls, envelope: bytes, keys: Mapping[str, VerifyKey], origin: str) -> Self:
        """Verify an envelope and read its certificate, whatever it decided.

        Args:
            keys: the trusted keys by id.
            origin: where the envelope comes from, for messages.

        Raises:
            UserError: it is no certificate that a trusted key has signed; the message says why.
        """
        signed = open_envelope(envelope, keys, origin)
        certificate = Certificate.from_json(json.dumps(signed.predicate), origin)
        return cls(certificate, envelope, signed.key_ids)

    @classmethod
    def read(cls, path: Path, keys: Mapping[str, VerifyKey]) -> Self:
        """Verify and read a file.

        Raises:
            UserError: as :meth:`from_bytes`, or there is no such file.
        """
        try:
            envelope = path.read_bytes()
        except FileNotFoundError:
            raise UserError(f"{path}: no such certificate") from None
        return cls.from_bytes(envelope, keys, str(path))

    @property
    def digest(self) -> str:
        """SHA-256 of the envelope, in hex."""
        return hashlib.sha256(self.envelope).hexdigest()

    @property
    def file_name(self) -> str:
        """Name of the envelope's file: its SHA-256."""
        return certificate_file(self.envelope)
