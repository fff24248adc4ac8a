"""Keys: known vectors, and refusals that show none of a private key."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from homestead.errors import UserError
from homestead.signing.keys import SigningKey, VerifyKey
from tests.signed import KEY, OTHER_KEY


def test_signatures_are_those_of_rfc_8032() -> None:
    # Section 7.1, test 2.
    seed = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"
    key = SigningKey(Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed)))
    signature = key.sign(b"\x72")
    assert signature.hex().startswith("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223eb")
    assert key.public.verifies(signature, b"\x72")
    assert not key.public.verifies(signature, b"\x73")
    assert not key.public.verifies(signature[:-1], b"\x72")
    assert not OTHER_KEY.public.verifies(signature, b"\x72")


def test_a_key_survives_its_file() -> None:
    private = SigningKey.from_pem(KEY.to_pem().encode(), "k.pem")
    public = VerifyKey.from_pem(KEY.public.to_pem().encode(), "k.pem")
    assert private.key_id == public.key_id == KEY.key_id
    assert public.verifies(private.sign(b"x"), b"x")
    # As other tools name it: SHA-256 of the DER.
    assert KEY.key_id == "fd110d301d2f077de1414b8f99f441b1403fab207b2052fbd2c065e4ee8e7dc2"


def test_a_private_key_is_not_shown() -> None:
    assert repr(KEY) == "SigningKey(fd110d301d2f077d)"


def pem(private: object, password: bytes = b"") -> bytes:
    encryption = BestAvailableEncryption(password) if password else NoEncryption()
    assert isinstance(private, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | Ed25519PrivateKey)
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)


def test_what_is_no_private_key_is_refused() -> None:
    secret = pem(Ed25519PrivateKey.generate(), b"password")
    for content, expected in (
        (b"AAAASECRET", "not a private key in PEM"),
        (KEY.public.to_pem().encode(), "not a private key in PEM"),
        (pem(ec.generate_private_key(ec.SECP256R1())), "found a key of the type ECPrivateKey"),
        (secret, "found a key with a password, allowed is one without"),
    ):
        with pytest.raises(UserError, match=expected) as error:
            SigningKey.from_pem(content, "k.pem")
        assert str(error.value).startswith("k.pem: ")
        assert "SECRET" not in str(error.value)


def test_what_is_no_public_key_is_refused() -> None:
    curve = ec.generate_private_key(ec.SECP256R1()).public_key()
    for content, expected in (
        (b"", "not a public key in PEM"),
        (KEY.to_pem().encode(), "found a private key, allowed are public ones"),
        (
            curve.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
            "found a key of the type ECPublicKey, allowed is ed25519",
        ),
    ):
        with pytest.raises(UserError, match=expected):
            VerifyKey.from_pem(content, "k.pem")
