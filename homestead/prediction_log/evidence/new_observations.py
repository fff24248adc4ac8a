"""What the prediction log holds of a release, and the release does not know yet.

Rows count by the mark of the plan that answered and by the models' digests, never by clocks.
"""

import hashlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import sqlalchemy as sa

from homestead.prediction_log.evidence.observations import (
    Observation,
    append_observations,
    evidence_errors,
    evidence_of,
    read_observations,
)
from homestead.prediction_log.evidence.queries import (
    count_requests,
    new_failures,
    new_latencies,
    new_pairs,
    new_truths,
    sample,
)
from homestead.prediction_log.evidence.row_slices import RowSlices
from homestead.prediction_log.tables import PREDICTIONS
from homestead.release.evidence import (
    Evidence,
    Latency,
    OneSidedFailure,
    PairedPrediction,
    Side,
)
from homestead.release.record import ReleaseRecord

# Rows of a step that count, by the model that answered: each has its part of the sample.
MAX_PAIRS = 10_000
MAX_LATENCIES = 10_000
MAX_FAILURES = 10_000
# Labels are rarer than predictions, and looked for in a larger sample.
MAX_LABEL_CANDIDATES = 25_000


@dataclass(frozen=True)
class _Models:
    """SHA-256 of the files of a release's models."""

    champion: str
    challenger: str

    def side(self, digest: str) -> Side:
        """Return which of the two a digest is."""
        return "challenger" if digest == self.challenger else "champion"


def _models(release: ReleaseRecord) -> _Models | None:
    """Return a release's models, None for a first model, which is compared with nothing."""
    if release.champion is None:
        return None
    return _Models(release.champion.digest, release.challenger.digest)


def observe(
    engine: sa.Engine,
    release: ReleaseRecord,
    slices: Mapping[Side, RowSlices] | None = None,
    final_after_s: float = 0,
) -> None:
    """Add what has become known since the last call to the release's observations.

    Rows of earlier steps count too. Any number of processes may call this at once.

    Args:
        slices: how pairs are divided, by the model that answered; by default not at all.
        final_after_s: how old a request must be for its label to count.

    Raises:
        EvidenceUnavailableError: the database cannot be read or written.
    """
    models = _models(release)
    with evidence_errors(release.id):
        if models is None:
            return
        with engine.connect() as connection:
            found = [
                observation
                for step in range(release.step + 1)
                for observation in _find(
                    connection,
                    release.id,
                    step,
                    models,
                    slices or {},
                    time.time() - final_after_s,
                )
            ]
        # As the requests came, for tests that compare neighbours in time.
        found.sort(key=lambda observation: observation.content.at)
        append_observations(engine, release.id, found)


def read_evidence(engine: sa.Engine, release: ReleaseRecord) -> Evidence:
    """Return all that was observed, with the requests of the present step.

    Raises:
        EvidenceUnavailableError: the database cannot be read.
    """
    models = _models(release)
    with evidence_errors(release.id):
        if models is None:
            return Evidence()
        with engine.connect() as connection:
            observations = read_observations(connection, release.id)
            mark = f"{release.id}/{release.step}"
            challenger_requests = count_requests(connection, mark, models.challenger)
            champion_requests = count_requests(connection, mark, models.champion)
    return evidence_of(
        observations,
        challenger_requests=challenger_requests,
        champion_requests=champion_requests,
    )


def count_step_requests(engine: sa.Engine, release: ReleaseRecord) -> dict[int, dict[Side, int]]:
    """Return how many requests each model predicted, answered or not, by step.

    Raises:
        EvidenceUnavailableError: the database cannot be read.
    """
    models = _models(release)
    with evidence_errors(release.id):
        if models is None:
            return {}
        with engine.connect() as connection:
            return {
                step: {
                    models.side(digest): count_requests(connection, f"{release.id}/{step}", digest)
                    for digest in (models.champion, models.challenger)
                }
                for step in range(release.step + 1)
            }


def _find(
    connection: sa.Connection,
    release_id: str,
    step: int,
    models: _Models,
    slices: Mapping[Side, RowSlices],
    final_before: float,
) -> Iterator[Observation]:
    """Yield the new observations of a step."""
    mark = f"{release_id}/{step}"
    is_answer, is_shadow = PREDICTIONS.c.shadow_of.is_(None), PREDICTIONS.c.shadow_of.is_not(None)
    for answered, shadow in (
        (models.champion, models.challenger),
        (models.challenger, models.champion),
    ):
        side = models.side(answered)
        own_slices = slices.get(side, RowSlices())
        rows = sample(mark, shadow, is_shadow, MAX_PAIRS)
        for row in connection.execute(new_pairs(release_id, rows, answered)):
            yield Observation("pair", row.id, step, _pair(row, side, own_slices))
        rows = sample(mark, shadow, is_shadow, MAX_LABEL_CANDIDATES)
        for row in connection.execute(new_truths(release_id, rows, answered, final_before)):
            pair = _pair(row, side, own_slices)
            known = replace(pair, truth=row.truth, truth_label=row.truth_label)
            yield Observation("truth", row.id, step, known)
        rows = sample(mark, answered, is_answer, MAX_LATENCIES)
        for row in connection.execute(new_latencies(release_id, rows)):
            latency = Latency(_subject(row), row.at, side, row.latency_s)
            yield Observation("latency", row.id, step, latency)
    digests = (models.champion, models.challenger)
    for row in connection.execute(new_failures(release_id, mark, digests, MAX_FAILURES)):
        failure = OneSidedFailure(row.subject, row.at, row.side, row.kind, row.challenger_share)
        yield Observation("failure", row.failure_id, step, failure)


def _pair(row: Any, answered: Side, slices: RowSlices) -> PairedPrediction:
    """Return a row of :func:`_pairs` as an observation, without its truth."""
    values = ((row.prediction, row.label), (row.other_prediction, row.other_label))
    champion, challenger = values if answered == "champion" else reversed(values)
    return PairedPrediction(
        id=row.id,
        subject=_subject(row),
        at=row.at,
        champion=champion[0],
        challenger=challenger[0],
        champion_label=champion[1],
        challenger_label=challenger[1],
        slices=slices.of(msgspec.json.decode(row.features)) or None,
    )


def _subject(row: Any) -> str:
    """Return a hash of whom a row is about: its key, or else its request."""
    text = row.entity or row.request_id or row.prediction_id
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
