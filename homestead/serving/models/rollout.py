"""Rollout of a challenger: which model answers a request, by the release plan's traffic share."""

import hashlib
from typing import Any, NamedTuple

from homestead.names import CHALLENGER, CHAMPION
from homestead.problem.contract import Contract
from homestead.serving.errors import RefusedError
from homestead.serving.models.loaded_model import LoadedModel

# Of those that end a prediction's id; enough to tell shares of a billionth apart.
_RANDOM_DIGITS = 8
_RANDOM_NUMBERS = 16.0**_RANDOM_DIGITS


class ServedModels(NamedTuple):
    """The models that are served; see :class:`homestead.release.plan.ReleasePlan`.

    Attributes:
        traffic_share: share of subjects that the challenger answers, 0 to 1.
        paired_share: share of requests that the other model predicts too, for the log only.
        release: mark of the release's step, None outside a release.
    """

    champion: LoadedModel | None = None
    challenger: LoadedModel | None = None
    traffic_share: float = 0.0
    paired_share: float = 0.0
    release: str | None = None

    @property
    def models(self) -> list[LoadedModel]:
        """Champion and challenger, as far as there are any."""
        return [model for model in (self.champion, self.challenger) if model]

    def require_champion(self) -> LoadedModel:
        """Return the champion.

        Raises:
            RefusedError: 503, there is none yet.
        """
        if self.champion is None:
            raise RefusedError(503, "model", "no model is released yet")
        return self.champion

    def with_version(self, version: str) -> LoadedModel:
        """Return the model of a version, or of an alias: ``champion`` or ``challenger``.

        Raises:
            RefusedError: 404, the version is not served.
        """
        for model in self.models:
            if model.version == version:
                return model
        aliased = {CHAMPION: self.champion, CHALLENGER: self.challenger}.get(version)
        if aliased is not None:
            return aliased
        versions = ", ".join(model.version for model in self.models)
        raise RefusedError(
            404, "version", f"version {version[:60]!r} is not served; served: {versions}"
        )

    def assigns_challenger(self, subject: str) -> bool:
        """Return whether the challenger answers for a subject, which always sees the same model."""
        return in_rollout(subject, self.traffic_share)

    def is_paired(self, prediction_id: str) -> bool:
        """Return whether the other model predicts a request too: by the id's random digits.

        These are independent of the subject, so that pairs are a sample of each model's requests.
        """
        return int(prediction_id[-_RANDOM_DIGITS:], 16) < self.paired_share * _RANDOM_NUMBERS


def rollout_subject(rows: list[dict[str, Any]] | None, contract: Contract) -> str | None:
    """Return whom a request is about: its first row's key, or None if it has none."""
    row = rows[0] if rows else None
    return contract.row_key(row) if isinstance(row, dict) else None


def in_rollout(subject: str, traffic_share: float) -> bool:
    """Return whether a subject is in the challenger's share; who is stays so when it grows."""
    digest = hashlib.blake2b(subject.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest) < traffic_share * 2**64
