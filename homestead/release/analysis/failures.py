"""Of the subjects on which one model failed and the other did not: which model was it?

Given that one of the two failed, and that both fail equally often, it is the challenger with the
probability ``p`` that the request was the challenger's: the share of subjects that it answers,
or one half where both predicted the request. If it fails ``r`` times as often, the probability is
``r p / (r p + 1 - p)``. A bet on ``r`` > 1 multiplies its wealth by the ratio of the two
probabilities: ``r / (r p + 1 - p)`` if the challenger failed, ``1 / (r p + 1 - p)`` if the
champion did, so that failures of the champion speak for the challenger.

Under a true ratio of 1 or less the challenger's probability ``q`` is at most ``p``, and the
factor's mean ``(1 + q (r - 1)) / (1 + p (r - 1))`` at most 1, whatever ``p`` is, given the past:
the wealth is a supermartingale while the share changes from step to step, which for a
beta-binomial mixture holds only within a step. The mixture is over a few ratios instead of a beta
prior. Requests without a failure count for nothing, so the rate of failures need not be known or
constant. Sources: Wald's sequential probability ratio test of odds (1945); mixtures, Robbins
(1970); conditional test of two rates, Przyborowski and Wilenski (1940).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from homestead.release.analysis.levels import PASS_LEVEL
from homestead.release.analysis.mixture import as_e_value, largest, log_mixture
from homestead.release.analysis.result import TestResult
from homestead.release.evidence import OneSidedFailure

# Rate ratios that are bet on. A fourfold rate has half of the weight: much less is hardly harm
# where failures are rare, and much more is found within a dozen failures by any of the bets.
_RATIOS = np.array([1.4, 2.0, 4.5, 20.0])
_WEIGHTS = [0.1, 0.15, 0.5, 0.25]
_ROUNDS = 24
_LARGEST_LOG_ODDS = 12.0


@dataclass(frozen=True)
class FailureOutcomes:
    """One outcome for each subject on which one model failed.

    Attributes:
        is_challenger: which model it was, shape (..., subjects).
        share: probability that it is the challenger's under equal rates, above 0 and below 1; of
            that shape.
    """

    is_challenger: np.ndarray
    share: np.ndarray

    @classmethod
    def of(cls, failures: Iterable[OneSidedFailure]) -> Self:
        """Take each subject's first failure: a subject stays with its model and would fail again.

        Where the challenger answers all subjects, or none, and nothing is paired, a failure tells
        nothing of the other model and is left out.
        """
        first: dict[str, OneSidedFailure] = {}
        for failure in failures:
            if 0 < failure.challenger_share < 1:
                first.setdefault(failure.subject, failure)
        return cls(
            np.array([f.side == "challenger" for f in first.values()], dtype=bool),
            np.array([f.challenger_share for f in first.values()], dtype=float),
        )

    def __len__(self) -> int:
        return int(self.is_challenger.shape[-1])

    @property
    def counts(self) -> tuple[int, int]:
        """Failures of the challenger and of the champion."""
        challengers = int(self.is_challenger.sum())
        return challengers, len(self) - challengers

    @cached_property
    def estimate(self) -> float | None:
        """The challenger's share of the failures if both answered equally many subjects.

        That is ``r / (1 + r)`` of the most likely rate ratio ``r``: finite also if only one of
        the models failed.
        """
        if len(self) == 0:
            return None
        low, high = -_LARGEST_LOG_ODDS, _LARGEST_LOG_ODDS
        for _ in range(2 * _ROUNDS):
            middle = (low + high) / 2
            expected = _challenger_probability(self.share, np.exp(middle)).sum()
            low, high = (middle, high) if expected < self.counts[0] else (low, middle)
        return 1.0 if self.counts[1] == 0 else 0.0 if self.counts[0] == 0 else _share(low)

    def log_wealth_above(self, ratio: float = 1.0) -> np.ndarray:
        """Return the evidence, after each outcome, that the rate ratio is larger than this."""
        share = _challenger_probability(self.share, ratio)
        return log_mixture(self._factors(share, _RATIOS), _WEIGHTS)

    def log_wealth_below(self, ratio: float = 1.0) -> np.ndarray:
        """Return the evidence, after each outcome, that the rate ratio is smaller than this."""
        share = _challenger_probability(self.share, ratio)
        return log_mixture(self._factors(share, 1 / _RATIOS), _WEIGHTS)

    def _factors(self, share: np.ndarray, ratios: np.ndarray) -> Iterator[np.ndarray]:
        for ratio in ratios:
            yield np.where(self.is_challenger, ratio, 1.0) / (ratio * share + 1 - share)

    def low(self, level: float) -> float:
        """Return a bound that the estimated share is below, at any look, with this probability."""
        return self._bound(level, above=True)

    def high(self, level: float) -> float:
        """Return a bound that the estimated share is above, at any look, with this probability."""
        return self._bound(level, above=False)

    def _bound(self, level: float, *, above: bool) -> float:
        refuted, kept = -_LARGEST_LOG_ODDS, _LARGEST_LOG_ODDS
        if not above:
            refuted, kept = kept, refuted
        evidence = self.log_wealth_above if above else self.log_wealth_below

        def is_refuted(log_odds: float) -> bool:
            return bool(largest(evidence(float(np.exp(log_odds)))) >= np.log(1 / level))

        if len(self) == 0 or not is_refuted(refuted):
            return 0.0 if above else 1.0
        for _ in range(_ROUNDS):
            middle = (refuted + kept) / 2
            refuted, kept = (middle, kept) if is_refuted(middle) else (refuted, middle)
        return _share(refuted)


def _challenger_probability(share: np.ndarray, ratio: float) -> np.ndarray:
    return np.asarray(ratio * share / (ratio * share + 1 - share))


def _share(log_odds: float) -> float:
    return float(1 / (1 + np.exp(-log_odds)))


def failure_test(failures: Sequence[OneSidedFailure], level: float) -> TestResult:
    """Test whether the challenger fails on more subjects than the champion.

    It finds harm or nothing: failures are too rare to show in a release that there are not more.
    """
    outcomes = FailureOutcomes.of(failures)
    evidence = largest(outcomes.log_wealth_above())
    is_harm = bool(evidence >= np.log(1 / level))
    low = outcomes.low(level)
    challenger, champion = outcomes.counts
    note = f"{challenger:,} of the challenger, {champion:,} of the champion"
    if failures and not len(outcomes):
        note = (
            f"{len(failures):,} that tell nothing of the two: one model answers every request, and"
            " none are paired"
        )
    return TestResult(
        name="failures",
        title="the challenger's share of one-sided failures at equal traffic",
        verdict="harm" if is_harm else "undecided",
        estimate=outcomes.estimate,
        low=max(low, 0.5) if is_harm else low,
        high=outcomes.high(PASS_LEVEL),
        harmful_above=0.5,
        passed_below=None,
        observations=len(outcomes),
        e_value=as_e_value(evidence),
        level=level,
        note=note,
    )
