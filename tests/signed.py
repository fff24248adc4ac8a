"""Keys and signed certificates for tests."""

from homestead.signing.keys import SigningKey, VerifyKey
from homestead.signing.model_certificate import sign_predicate

PROBLEM = "flats"
MODEL, CHAMPION, OTHER = "a1" * 32, "b2" * 32, "c3" * 32


def key_from(seed: int) -> SigningKey:
    """Return a fixed key, which no one may use outside of tests."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return SigningKey(Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32))


KEY, OTHER_KEY = key_from(1), key_from(2)


def trusted(*keys: SigningKey) -> dict[str, VerifyKey]:
    """Return the public halves of keys by id."""
    return {key.key_id: key.public for key in keys}


def envelope(
    model: str = MODEL,
    champion: str | None = CHAMPION,
    *,
    problem: str = PROBLEM,
    decision: str = "promote",
    key: SigningKey = KEY,
) -> bytes:
    """Return a signed certificate that holds only what binds it."""
    predicate = {
        "schema_version": 1,
        "problem": problem,
        "decision": decision,
        "winner": {"digest": model},
        "champion": None if champion is None else {"digest": champion},
    }
    return sign_predicate(predicate, key)
