"""Simulated releases: failures, errors with heavy tails and latencies of two models."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from homestead.release.analysis.betting import BoundedDifferences
from homestead.release.analysis.failures import PAIRED_PART, ShareOutcomes
from homestead.release.analysis.latencies import FIRST_REQUESTS, threshold_differences
from homestead.release.analysis.losses import LossBounds
from homestead.release.analysis.observations import known_quantiles

NEVER = np.inf
_SCALE_PAIRS = 50


@dataclass(frozen=True)
class Failures:
    """One-sided failures at one share of the traffic, of one release or many.

    Attributes:
        outcomes: shape (..., failures).
        at: number of the request of each failure, in that shape; beyond the end of a release it is
            infinite.
    """

    outcomes: ShareOutcomes
    at: np.ndarray


def paired_failures(
    rng: np.random.Generator, releases: int, requests: int, champion: float, challenger: float
) -> Failures:
    """Draw releases in which both models get each request and fail independently."""
    rates = challenger * (1 - champion), champion * (1 - challenger)
    expected = requests * sum(rates)
    count = int(expected + 8 * np.sqrt(expected) + 8)
    at = rng.geometric(sum(rates), (releases, count)).cumsum(axis=1, dtype=float)
    sides = rng.random(at.shape) < rates[0] / sum(rates)
    return Failures(ShareOutcomes(sides, 0.5, PAIRED_PART), np.where(at <= requests, at, NEVER))


def returning_failures(
    rng: np.random.Generator, requests: int, subjects: int, rate: float, steps: tuple[float, ...]
) -> Iterator[Failures]:
    """Draw one release without pairs, of subjects who come back, each step of equal length.

    Each model fails on its own subjects, whenever they ask.
    """
    fails_challenger = np.arange(rng.binomial(subjects, 2 * rate)) % 2 == 0
    place = rng.random(len(fails_challenger))
    length = requests // len(steps)
    for step, share in enumerate(steps):
        at = rng.geometric(1 / subjects, len(place)).astype(float)
        is_found = (at <= length) & (fails_challenger == (place < share))
        order = np.argsort(at[is_found])
        part = PAIRED_PART if share == 0.5 else (1 - PAIRED_PART) / ((step + 1) * (step + 2))
        if share < 1:
            sides = fails_challenger[is_found][order]
            at_requests = at[is_found][order] + step * length
            yield Failures(ShareOutcomes(sides, share, part), at_requests)


def losses(rng: np.random.Generator, requests: int, worse: float) -> tuple[np.ndarray, np.ndarray]:
    """Draw absolute errors of both models for labelled pairs, shape (requests,).

    A bivariate Student's t with 3 degrees of freedom and a correlation of 0.8: rows that are hard
    for one model are hard for the other, and the variance of a squared error is infinite.
    """
    scale = np.sqrt(1.5 / rng.standard_gamma(1.5, requests))
    shared, own = rng.standard_normal((2, requests)) * scale
    return np.abs(shared), worse * np.abs(0.8 * shared + 0.6 * own)


def error_differences(champion: np.ndarray, challenger: np.ndarray) -> BoundedDifferences:
    """Return the clipped differences as the analysis takes them of a regression."""
    bounds = LossBounds.of(champion[:_SCALE_PAIRS], challenger[:_SCALE_PAIRS])
    return bounds.differences(champion[_SCALE_PAIRS:], challenger[_SCALE_PAIRS:])


def latency_differences(
    rng: np.random.Generator, requests: int, quantile: float
) -> BoundedDifferences:
    """Draw equal log-normal latencies of two models that answer by turns."""
    champion, challenger = rng.lognormal(-5, 0.5, (2, requests // 2))
    return threshold_differences(
        champion, challenger, known_quantiles(champion, quantile, FIRST_REQUESTS)
    )
