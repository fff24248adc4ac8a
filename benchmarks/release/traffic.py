"""Simulated releases: failures, errors with heavy tails and latencies of two models."""

from dataclasses import dataclass

import numpy as np

from homestead.release.analysis.betting import BoundedDifferences
from homestead.release.analysis.failures import FailureOutcomes
from homestead.release.analysis.latencies import known_thresholds, threshold_differences
from homestead.release.analysis.losses import LossBounds

NEVER = np.inf
_SCALE_PAIRS = 50


@dataclass(frozen=True)
class Failures:
    """One-sided failures of many releases.

    Attributes:
        outcomes: shape (releases, failures).
        at: number of the request of each failure, in that shape; beyond the end of a release it is
            infinite.
    """

    outcomes: FailureOutcomes
    at: np.ndarray


def paired_failures(
    rng: np.random.Generator, releases: int, requests: int, champion: float, challenger: float
) -> Failures:
    """Draw releases in which both models get each request and fail independently."""
    rates = np.array([challenger * (1 - champion), champion * (1 - challenger)])
    return _failures(rng, releases, requests, [(requests, rates, 0.5)])


def stepped_failures(
    rng: np.random.Generator, releases: int, requests: int, rate: float, steps: tuple[float, ...]
) -> Failures:
    """Draw releases of equal models without pairs, whose share grows in steps of equal length."""
    length = requests // len(steps)
    phases = [(length, rate * np.array([share, 1 - share]), share) for share in steps]
    return _failures(rng, releases, requests, phases)


def _failures(
    rng: np.random.Generator,
    releases: int,
    requests: int,
    phases: list[tuple[int, np.ndarray, float]],
) -> Failures:
    """Draw the failures of phases: requests, the two rates of a request, the challenger's share."""
    sides, shares, times, start = [], [], [], 0
    for length, (challenger, champion), share in phases:
        rate = challenger + champion
        count = int(length * rate + 8 * np.sqrt(length * rate) + 8)
        at = rng.geometric(rate, (releases, count)).cumsum(axis=1, dtype=float)
        inside = at <= length
        sides.append(rng.random(at.shape) < challenger / rate)
        # A failure of probability 0 or 1 tells nothing: its factor is 1.
        is_one = ~inside | (share >= 1)
        shares.append(np.where(is_one, sides[-1], share).astype(float))
        times.append(np.where(inside, at + start, NEVER))
        start += length
    outcomes = FailureOutcomes(np.concatenate(sides, axis=1), np.concatenate(shares, axis=1))
    return Failures(outcomes, np.concatenate(times, axis=1))


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
    return threshold_differences(champion, challenger, known_thresholds(champion, quantile))
