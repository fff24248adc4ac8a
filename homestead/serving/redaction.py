"""What of a request may be kept: sensitive columns are hashed or left out of the log."""

import hashlib
import hmac
from typing import Any

from homestead.errors import UserError
from homestead.problem.contract import Contract


class Redactor:
    """A contract's sensitive values, and what the prediction log holds in their place.

    A hash is HMAC-SHA-256 of ``name=value``, its first 32 hex digits: equal values stay
    recognisable, and without the key nobody can try values out.

    Attributes:
        names: the features that are kept, in order.
    """

    def __init__(self, contract: Contract, key: str) -> None:
        """Take a contract and the hashes' key.

        Raises:
            UserError: the contract has columns to hash, and there is no key.
        """
        self._key = key.encode()
        self._name = contract.key
        marks = contract.sensitivity
        if "hash" in marks.values() and not key:
            names = ", ".join(n for n, c in contract.columns.items() if c.sensitive == "hash")
            raise UserError(
                f"HOMESTEAD_LOG_KEY: needed to hash the sensitive columns {names},"
                " allowed is any secret text"
            )
        self._entity = marks.get(contract.key)
        kept = [(i, n) for i, n in enumerate(contract.features) if marks.get(n) != "drop"]
        self.names = tuple(name for _, name in kept)
        self._kept = [(i, name, name in marks) for i, name in kept]
        self._all_plain = not any(name in marks for name in contract.features)

    def features(self, table: list[list[float]]) -> list[Any]:
        """Rows of model inputs as the log keeps them."""
        if self._all_plain:
            return table
        return [
            [self._hash(n, row[i]) if hashed else row[i] for i, n, hashed in self._kept]
            for row in table
        ]

    def entities(self, keys: list[str | None]) -> list[str | None]:
        """Rows' keys as the log keeps them."""
        if self._entity is None:
            return keys
        if self._entity == "drop":
            return [None] * len(keys)
        return [None if key is None else self._hash(self._name, key) for key in keys]

    def _hash(self, name: str, value: float | str) -> str:
        text = f"{name}={value}".encode()
        return hmac.new(self._key, text, hashlib.sha256).hexdigest()[:32]
