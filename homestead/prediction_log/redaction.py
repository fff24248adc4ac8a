"""Redaction of the prediction log: sensitive columns are hashed or dropped."""

import hashlib
import hmac
from typing import Any

from homestead.errors import UserError
from homestead.problem.contract import Contract


class Redactor:
    """Redacts the model's inputs and the keys of one contract's rows.

    A hash is HMAC-SHA-256 of ``name=value``, its first 32 hex digits. Equal values stay
    recognizable, and nobody can find a value by trial without the key.

    Attributes:
        feature_names: the features that are logged, in order.
    """

    def __init__(self, contract: Contract, log_key: str) -> None:
        """Prepare for a contract; ``log_key`` is the secret of the hashes.

        Raises:
            UserError: the contract has columns to hash, and there is no key.
        """
        self._secret = log_key.encode()
        self._key_name = ",".join(contract.key_columns)
        sensitive = contract.sensitivity
        if "hash" in sensitive.values() and not log_key:
            names = ", ".join(n for n, c in contract.columns.items() if c.sensitive == "hash")
            raise UserError(
                f"HOMESTEAD_LOG_KEY: required to hash the sensitive columns {names};"
                " allowed is any secret text"
            )
        # A key of several columns is as sensitive as the most sensitive of them.
        policies = {sensitive[name] for name in contract.key_columns if name in sensitive}
        self._key_policy = "drop" if "drop" in policies else "hash" if policies else None
        # Position, name and whether to hash, of each feature that is logged.
        self._logged_features = [
            (i, name, name in sensitive)
            for i, name in enumerate(contract.features)
            if sensitive.get(name) != "drop"
        ]
        self.feature_names = tuple(name for _, name, _ in self._logged_features)
        self._has_sensitive_features = any(name in sensitive for name in contract.features)

    def redact_inputs(self, inputs: list[list[float]]) -> list[Any]:
        """Return rows of model inputs as the log holds them."""
        if not self._has_sensitive_features:
            return inputs
        return [
            [
                self._hash(name, row[i]) if is_hashed else row[i]
                for i, name, is_hashed in self._logged_features
            ]
            for row in inputs
        ]

    def redact_keys(self, keys: list[str | None]) -> list[str | None]:
        """Return the keys of rows as the log holds them."""
        if self._key_policy is None:
            return keys
        if self._key_policy == "drop":
            return [None] * len(keys)
        return [None if key is None else self._hash(self._key_name, key) for key in keys]

    def hash_subject(self, key: str | None, request: str) -> str:
        """Return a hash of whom a request is about: its key, or else the request itself.

        Args:
            key: of its first row; one that is not to be logged counts as none.
            request: the id of the request or its prediction.
        """
        return self._hash("subject", request if key is None or self._key_policy == "drop" else key)

    def _hash(self, name: str, value: float | str) -> str:
        text = f"{name}={value}".encode("utf-8", "surrogatepass")
        return hmac.new(self._secret, text, hashlib.sha256).hexdigest()[:32]
