"""Two-sample tests whose p-values hold far out in the tail, where a month's level is spent.

A check's level is about one in 100,000, and that of each of its tests smaller still. Asymptotic
p-values of tied or rare values are wrong by orders of magnitude there. So each test here is exact,
or errs on the safe side: Fisher's exact test of a share; the rank test with ties broken at random,
whose null distribution is that of untied ranks whatever the data; and the inequality of Dvoretzky,
Kiefer, Wolfowitz and Massart for distributions (two samples: Wei and Dudley, arXiv 1107.5356).

All p-values are two-sided, above 0 and at most 1.
"""

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, log_ndtr

Values = NDArray[np.float64]
SMALLEST_P_VALUE = 1e-300
_SEED = 0
# Terms of a hypergeometric tail beyond so many standard deviations are below rounding.
_TAIL_DEVIATIONS = 40


def p_value_of_log(log_p: float) -> float:
    """Return a p-value from its logarithm, never 0."""
    return min(1.0, max(SMALLEST_P_VALUE, math.exp(log_p)))


def normal_tail(z: float) -> float:
    """Return the probability that a standard normal variable exceeds ``z``, never 0."""
    return p_value_of_log(float(log_ndtr(-z)))


def rank_sum_moments(drawn: int, ranks: int) -> tuple[float, float]:
    """Return mean and standard deviation of the sum of ``drawn`` of the ranks 1 to ``ranks``."""
    return drawn * (ranks + 1) / 2, math.sqrt(drawn * (ranks - drawn) * (ranks + 1) / 12)


def share_p_value(reference_count: int, reference: int, current_count: int, current: int) -> float:
    """Return the p-value of Fisher's exact test that two shares are the same.

    Args:
        reference_count: rows of the reference that count.
        reference: all rows of the reference.
        current_count: current rows that count.
        current: all current rows.
    """
    total, counted = reference + current, reference_count + current_count
    if counted in (0, total) or not reference or not current:
        return 1.0
    mean = current * counted / total
    deviation = math.sqrt(mean * (1 - counted / total) + 1)
    if current_count < mean:  # the lower tail of the rows that count is the upper one of the others
        current_count, counted = current - current_count, total - counted
    last = min(current, counted, current_count + int(_TAIL_DEVIATIONS * deviation))
    counts = np.arange(current_count, last + 1)
    log_probabilities = (
        _log_binomial(counted, counts)
        + _log_binomial(total - counted, current - counts)
        - _log_binomial(total, np.array([current]))
    )
    largest = float(log_probabilities.max())
    return p_value_of_log(
        math.log(2) + largest + math.log(np.exp(log_probabilities - largest).sum())
    )


def _log_binomial(n: int, k: NDArray[np.int64]) -> Values:
    result: Values = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    return result


@dataclass(frozen=True)
class ValueCounts:
    """How often each value occurs in two samples, neither of them empty.

    Attributes:
        values: distinct values of both samples, ascending.
        before: occurrences of each in the reference.
        after: occurrences of each among the current values.
        rank_sum: sum of the current values' ranks among all, ties broken at random by a seed.
    """

    values: Values
    before: NDArray[np.int64]
    after: NDArray[np.int64]
    rank_sum: float

    @classmethod
    def of(cls, reference: Values, current: Values) -> Self:
        """Count the values of two samples without NaN."""
        pooled = np.concatenate([reference, current])
        # The stable order of shuffled values breaks ties at random.
        shuffled = np.random.default_rng(_SEED).permutation(len(pooled))
        order = shuffled[np.argsort(pooled[shuffled], kind="stable")]
        ordered, is_current = pooled[order], order >= len(reference)
        starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
        after = np.add.reduceat(is_current.astype(np.int64), starts)
        counts = np.diff(np.r_[starts, len(ordered)])
        rank_sum = float((np.flatnonzero(is_current) + 1).sum())
        return cls(ordered[starts], counts - after, after, rank_sum)

    @property
    def reference(self) -> int:
        """Number of values in the reference."""
        return int(self.before.sum())

    @property
    def current(self) -> int:
        """Number of current values."""
        return int(self.after.sum())

    def medians(self) -> tuple[float, float]:
        """Return the (lower) medians of the reference and of the current values."""
        places = [
            int(np.searchsorted(np.cumsum(counts), (counts.sum() + 1) // 2))
            for counts in (self.before, self.after)
        ]
        return float(self.values[places[0]]), float(self.values[places[1]])

    def rank_p_value(self) -> float:
        """Return the p-value of the rank test of Wilcoxon, Mann and Whitney.

        The normal distribution has the longer tail: the ranks' excess kurtosis is negative.
        """
        if len(self.values) == 1:
            return 1.0
        mean, deviation = rank_sum_moments(self.current, self.reference + self.current)
        z = (abs(self.rank_sum - mean) - 0.5) / deviation
        return min(1.0, 2 * normal_tail(z))

    def cliffs_delta(self) -> float:
        """Return how much more often a current value is above a reference value than below it.

        0 means neither more often, 1 always above, -1 always below.
        """
        below = np.cumsum(self.before) - self.before
        above = self.reference - below - self.before
        pairs = float((self.after * (below - above)).sum())
        return pairs / (self.reference * self.current)

    def largest_difference(self) -> tuple[int, float]:
        """Return where the cumulative shares differ most, and the current less the reference's.

        That is the statistic of Kolmogorov and Smirnov with its sign; the place is one in
        ``values``.
        """
        difference = np.cumsum(self.after) / self.current - np.cumsum(self.before) / self.reference
        place = int(np.abs(difference).argmax())
        return place, float(difference[place])

    def distribution_p_value(self) -> float:
        """Return a bound of the p-value of the largest difference of the cumulative shares."""
        rows = self.reference * self.current / (self.reference + self.current)
        return p_value_of_log(math.log(2) - 2 * rows * self.largest_difference()[1] ** 2)
