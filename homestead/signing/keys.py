"""Ed25519 keys (RFC 8032) in PEM, named by the SHA-256 of the public key's DER."""

import hashlib
from typing import TYPE_CHECKING, Self

from homestead.errors import UserError

# Imported where they are used: a server needs the library only once there is something to verify.
if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )

_SHOWN_DIGITS = 16


class VerifyKey:
    """Public key.

    Attributes:
        key_id: SHA-256 of its SubjectPublicKeyInfo (DER), in hex.
    """

    def __init__(self, public: "Ed25519PublicKey") -> None:
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        self._public = public
        encoded = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.key_id = hashlib.sha256(encoded).hexdigest()

    @classmethod
    def from_pem(cls, content: bytes, origin: str) -> Self:
        """Read a public key.

        Raises:
            UserError: not an ed25519 key in PEM, or a private one.
        """
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
        from cryptography.hazmat.primitives.serialization import load_pem_public_key

        if b"PRIVATE KEY" in content:
            raise UserError(f"{origin}: found a private key, allowed are public ones")
        try:
            public = load_pem_public_key(content)
        except (ValueError, UnsupportedAlgorithm):
            raise UserError(f"{origin}: not a public key in PEM") from None
        if not isinstance(public, Ed25519PublicKey):
            found = type(public).__name__.strip("_")
            raise UserError(f"{origin}: found a key of the type {found}, allowed is ed25519")
        return cls(public)

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Return whether the signature is this key's over the message."""
        from cryptography.exceptions import InvalidSignature

        try:
            self._public.verify(signature, message)
        except InvalidSignature:
            return False
        return True

    def to_pem(self) -> str:
        """Return the key as PEM."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        return self._public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


class SigningKey:
    """Private key, never shown by ``repr``.

    Attributes:
        public: the key that verifies its signatures.
    """

    def __init__(self, private: "Ed25519PrivateKey") -> None:
        self._private = private
        self.public = VerifyKey(private.public_key())

    @classmethod
    def generate(cls) -> Self:
        """Return a new key."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_pem(cls, content: bytes, origin: str) -> Self:
        """Read a private key.

        Raises:
            UserError: not an ed25519 key in PEM without a password; the message shows none of it.
        """
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        try:
            private = load_pem_private_key(content, password=None)
        except TypeError:
            raise UserError(
                f"{origin}: found a key with a password, allowed is one without"
            ) from None
        except (ValueError, UnsupportedAlgorithm):
            raise UserError(f"{origin}: not a private key in PEM") from None
        if not isinstance(private, Ed25519PrivateKey):
            found = type(private).__name__.strip("_")
            raise UserError(f"{origin}: found a key of the type {found}, allowed is ed25519")
        return cls(private)

    @property
    def key_id(self) -> str:
        """The id of the public key."""
        return self.public.key_id

    def sign(self, message: bytes) -> bytes:
        """Return the signature of a message: 64 bytes, the same each time."""
        return self._private.sign(message)

    def to_pem(self) -> str:
        """Return the private key as PEM (PKCS 8), not encrypted."""
        from cryptography.hazmat.primitives.serialization import (
            Encoding,
            NoEncryption,
            PrivateFormat,
        )

        return self._private.private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        ).decode()

    def __repr__(self) -> str:
        """Return the key's id alone."""
        return f"SigningKey({short_id(self.key_id)})"


def short_id(key_id: str) -> str:
    """Return the beginning of a key's id, enough to tell keys apart."""
    return key_id[:_SHOWN_DIGITS]
