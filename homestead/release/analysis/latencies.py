"""Latency: do more of the challenger's requests exceed the champion's quantile?

Each of the challenger's requests is matched with one of the champion's beside it, and both are
compared with a threshold known before: the quantile of the champion's requests so far. The
difference of the two exceedances has the mean 0 under equal latencies, whatever the threshold: the
noise of the estimated quantile, and hours in which everything is slow, fall on both arms.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np

from homestead.release.analysis.betting import BoundedDifferences
from homestead.release.analysis.observations import first_of_day, known_quantiles
from homestead.release.evidence import Latency

# The quantile is taken when the champion has answered so many requests, and at each doubling.
FIRST_REQUESTS = 100


@dataclass(frozen=True)
class MatchedLatencies:
    """Requests of both models beside each other, in seconds.

    Attributes:
        champion: all of the champion's, in the order given.
        matched_champion: indices of those that are matched.
        matched_challenger: the challenger's, of that shape.
    """

    champion: np.ndarray
    matched_champion: np.ndarray
    matched_challenger: np.ndarray

    @classmethod
    def of(cls, latencies: Iterable[Latency]) -> Self:
        """Match latencies, given in the order in which they became known."""
        positions: dict[str, list[int]] = {"champion": [], "challenger": []}
        seconds: dict[str, list[float]] = {"champion": [], "challenger": []}
        by_side = first_of_day(latencies, key=lambda latency: (latency.subject, latency.side))
        for position, latency in enumerate(by_side):
            positions[latency.side].append(position)
            seconds[latency.side].append(latency.seconds)
        champions, challengers = _neighbours(
            *(np.array(positions[side], dtype=int) for side in ("champion", "challenger"))
        )
        return cls(
            np.array(seconds["champion"], dtype=float),
            champions,
            np.array(seconds["challenger"], dtype=float)[challengers],
        )

    def exceedances(self, quantile: float) -> BoundedDifferences:
        """Return, by match, whether the challenger exceeds the threshold less the champion.

        Args:
            quantile: of the champion's requests, such as 0.5.
        """
        return threshold_differences(
            self.champion[self.matched_champion],
            self.matched_challenger,
            known_quantiles(self.champion, quantile, FIRST_REQUESTS)[self.matched_champion],
        )


def threshold_differences(
    champion_s: np.ndarray, challenger_s: np.ndarray, thresholds: np.ndarray
) -> BoundedDifferences:
    """Return whether the challenger's latency exceeds each threshold less the champion's.

    Args:
        champion_s, challenger_s: of matched requests, in seconds, shape (requests,).
        thresholds: of that shape; NaN where none is known, which leaves the requests out.
    """
    known = np.isfinite(thresholds)
    exceeds = [
        (seconds > thresholds)[known].astype(float) for seconds in (challenger_s, champion_s)
    ]
    return BoundedDifferences(exceeds[0] - exceeds[1], bounds=(-1, 1), parameters=(-1, 1))


def _neighbours(before: np.ndarray, after: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Match each entry of ``before`` with the next of ``after``, if no other lies between.

    Args:
        before, after: growing positions.

    Returns:
        Indices into ``before`` and into ``after``.
    """
    following = np.searchsorted(after, before)
    has_following = following < len(after)
    # Of several champions before one challenger, the last.
    is_last = np.diff(following, append=len(after) + 1) > 0
    chosen = np.flatnonzero(has_following & is_last)
    return chosen, following[chosen]
