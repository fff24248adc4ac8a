"""Of the subjects on which one model failed and the other did not: which model was it?

Given that one of the two failed, and that both fail equally often, it is the challenger with the
probability ``p`` that the request was the challenger's: the share of subjects that it answers,
or one half where both predicted the request. If it fails ``r`` times as often, the probability is
``r p / (r p + 1 - p)``. A bet on ``r`` > 1 multiplies its wealth by the ratio of the two
probabilities: ``r / (r p + 1 - p)`` if the challenger failed, ``1 / (r p + 1 - p)`` if the
champion did, so that failures of the champion speak for the challenger.

Under a true ratio of 1 or less the challenger's probability ``q`` is at most ``p``, and the
factor's mean ``(1 + q (r - 1)) / (1 + p (r - 1))`` at most 1 given the past: the wealth is a
supermartingale, and so is the average of several bets. The average is over a few ratios instead of
the beta prior of the beta-binomial. Requests without a failure count for nothing, so the rate of
failures need not be known or constant. Sources: Wald's sequential probability ratio test of odds
(1945); mixtures, Robbins (1970); conditional test of two rates, Przyborowski and Wilenski (1940).

Subjects stay with their model and come back, and a model that fails on a subject fails again. So
each subject counts once for each share, and each share is a test of its own. One outcome in a whole
release would be wrong: the champion's subjects fail in the first step and count no more, while
each further step moves new subjects to the challenger, whose first failures would all be its own.
Paired requests show the failures of both models alike at any time, and are one test.
"""

from collections.abc import Callable, Iterable, Sequence
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
# Probability of the challenger where both predict a request, and the part of the level for it.
_PAIRED_SHARE, PAIRED_PART = 0.5, 5 / 6
_LARGEST_LOG_ODDS = 12.0


@dataclass(frozen=True)
class ShareOutcomes:
    """One outcome for each subject on which one model failed, at one share of the traffic.

    Attributes:
        is_challenger: which model it was, shape (..., subjects).
        share: probability that it is the challenger under equal rates, above 0 and below 1.
        part: of the level that is spent on this share.
    """

    is_challenger: np.ndarray
    share: float
    part: float = 1.0

    def log_wealth_above(self, ratio: float = 1.0) -> np.ndarray:
        """Return the evidence, after each outcome, that the rate ratio is larger than this."""
        return self._log_wealth(ratio, _RATIOS)

    def log_wealth_below(self, ratio: float = 1.0) -> np.ndarray:
        """Return the evidence, after each outcome, that the rate ratio is smaller than this."""
        return self._log_wealth(ratio, 1 / _RATIOS)

    def expected(self, ratio: float) -> float:
        """Return how many of the outcomes are the challenger's, on average, at a rate ratio."""
        return float(self.is_challenger.shape[-1] * _challenger_probability(self.share, ratio))

    def _log_wealth(self, ratio: float, bets: np.ndarray) -> np.ndarray:
        share = _challenger_probability(self.share, ratio)
        factors = (
            np.where(self.is_challenger, bet, 1.0) / (bet * share + 1 - share) for bet in bets
        )
        return log_mixture(factors, _WEIGHTS)


@dataclass(frozen=True)
class FailureOutcomes:
    """Outcomes of a release, by share, in the order in which the shares appeared."""

    by_share: tuple[ShareOutcomes, ...]

    @classmethod
    def of(cls, failures: Iterable[OneSidedFailure]) -> Self:
        """Take the first failure of each subject at each share.

        Where the challenger answers all subjects, or none, and nothing is paired, a failure tells
        nothing of the other model and is left out.
        """
        first: dict[float, dict[str, bool]] = {}
        for failure in failures:
            if 0 < failure.challenger_share < 1:
                at_share = first.setdefault(failure.challenger_share, {})
                at_share.setdefault(failure.subject, failure.side == "challenger")
        parts = {share: PAIRED_PART for share in first if share == _PAIRED_SHARE}
        others = (share for share in first if share != _PAIRED_SHARE)
        for position, share in enumerate(others, start=1):
            parts[share] = (1 - PAIRED_PART) / (position * (position + 1))
        return cls(
            tuple(
                ShareOutcomes(np.array(list(sides.values()), dtype=bool), share, parts[share])
                for share, sides in first.items()
            )
        )

    def __len__(self) -> int:
        return sum(self.counts)

    @property
    def counts(self) -> tuple[int, int]:
        """Failures of the challenger and of the champion."""
        challenger = sum(int(outcomes.is_challenger.sum()) for outcomes in self.by_share)
        return challenger, sum(o.is_challenger.shape[-1] for o in self.by_share) - challenger

    @cached_property
    def estimate(self) -> float | None:
        """The challenger's share of the failures if both answered equally many subjects.

        That is ``r / (1 + r)`` of the most likely rate ratio ``r``: finite also if only one of
        the models failed.
        """
        if len(self) == 0:
            return None
        challenger, champion = self.counts
        if challenger == 0 or champion == 0:
            return float(champion == 0)
        low, high = -_LARGEST_LOG_ODDS, _LARGEST_LOG_ODDS
        for _ in range(2 * _ROUNDS):
            middle = (low + high) / 2
            expected = sum(outcomes.expected(float(np.exp(middle))) for outcomes in self.by_share)
            low, high = (middle, high) if expected < challenger else (low, middle)
        return _share_of_odds(low)

    def evidence_above(self, ratio: float = 1.0) -> float:
        """Return the largest evidence so far that the rate ratio is larger than this, as logarithm.

        The shares' outcomes may be of the same subjects: their evidence is not multiplied, but each
        is judged at its part of the level.
        """
        return max(
            (largest(o.log_wealth_above(ratio)) + np.log(o.part) for o in self.by_share),
            default=0.0,
        )

    def evidence_below(self, ratio: float = 1.0) -> float:
        """Return the largest evidence so far that the rate ratio is smaller than this."""
        return max(
            (largest(o.log_wealth_below(ratio)) + np.log(o.part) for o in self.by_share),
            default=0.0,
        )

    def low(self, level: float) -> float:
        """Return a bound that the estimated share is below, at any look, with this probability."""
        return self._bound(self.evidence_above, level, -_LARGEST_LOG_ODDS, 0.0)

    def high(self, level: float) -> float:
        """Return a bound that the estimated share is above, at any look, with this probability."""
        return self._bound(self.evidence_below, level, _LARGEST_LOG_ODDS, 1.0)

    def _bound(
        self, evidence: Callable[[float], float], level: float, refuted: float, nothing_known: float
    ) -> float:
        def is_refuted(log_odds: float) -> bool:
            return bool(evidence(float(np.exp(log_odds))) >= np.log(1 / level))

        kept = -refuted
        if len(self) == 0 or not is_refuted(refuted):
            return nothing_known
        for _ in range(_ROUNDS):
            middle = (refuted + kept) / 2
            refuted, kept = (middle, kept) if is_refuted(middle) else (refuted, middle)
        return _share_of_odds(refuted)


def _challenger_probability(share: float, ratio: float) -> float:
    return ratio * share / (ratio * share + 1 - share)


def _share_of_odds(log_odds: float) -> float:
    return float(1 / (1 + np.exp(-log_odds)))


def failure_test(failures: Sequence[OneSidedFailure], level: float) -> TestResult:
    """Test whether the challenger fails on more subjects than the champion.

    It finds harm or nothing: failures are too rare to show in a release that there are not more.
    """
    outcomes = FailureOutcomes.of(failures)
    evidence = outcomes.evidence_above()
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
