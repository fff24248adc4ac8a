"""Latency: do more of the challenger's requests exceed the champion's quantile?

Each of the challenger's requests is matched with one of the champion's beside it, and both are
compared with a threshold known before: the quantile of the champion's requests so far. The
difference of the two exceedances has the mean 0 under equal latencies, whatever the threshold: the
noise of the estimated quantile, and hours in which everything is slow, fall on both arms.
"""

from collections.abc import Sequence

import numpy as np

from homestead.release.analysis.betting import BoundedDifferences
from homestead.release.analysis.observations import first_of_day
from homestead.release.evidence import Latency

# The quantile is taken when the champion has answered so many requests, and at each doubling.
_FIRST_REQUESTS = 100


def exceedance_differences(latencies: Sequence[Latency], quantile: float) -> BoundedDifferences:
    """Return, by matched requests, whether the challenger's exceeds the threshold less the other's.

    Args:
        latencies: in the order in which they became known.
        quantile: of the champion's requests, such as 0.5.
    """
    sides = {}
    position = {id(latency): index for index, latency in enumerate(latencies)}
    for side in ("champion", "challenger"):
        chosen = list(first_of_day(entry for entry in latencies if entry.side == side))
        indices = np.array([position[id(entry)] for entry in chosen], dtype=int)
        sides[side] = indices, np.array([entry.seconds for entry in chosen], dtype=float)
    (champion_at, champion_s), (challenger_at, challenger_s) = (
        sides["champion"],
        sides["challenger"],
    )
    champions, challengers = _neighbours(champion_at, challenger_at)
    thresholds = known_thresholds(champion_s, quantile)[champions]
    return threshold_differences(champion_s[champions], challenger_s[challengers], thresholds)


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


def known_thresholds(seconds: np.ndarray, quantile: float) -> np.ndarray:
    """Return the quantile that was known before each request; NaN before there are enough."""
    thresholds = np.full(len(seconds), np.nan)
    known = _FIRST_REQUESTS
    while known < len(seconds):
        thresholds[known : 2 * known] = np.quantile(seconds[:known], quantile)
        known *= 2
    return thresholds
