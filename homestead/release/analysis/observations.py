"""Observations that count, of each subject at most one a day, and what was known before each.

The tests need that an observation, given those before it, favours neither model if the models are
equal. Repeated requests of a subject repeat its answer: a subject on which the challenger is bad,
asked a hundred times, would be a hundred observations that say one thing. So an hour of one busy
subject cannot decide a release, and a problem of a few subjects that come back each day (weather
stations) is decided within days. Failures count once a subject in the whole release.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator
from operator import attrgetter
from typing import Protocol, TypeVar

import numpy as np

_DAY_S = 86_400


class _Observed(Protocol):
    @property
    def subject(self) -> str: ...
    @property
    def at(self) -> float: ...


_T = TypeVar("_T", bound=_Observed)


def first_of_day(
    observations: Iterable[_T], key: Callable[[_T], Hashable] = attrgetter("subject")
) -> Iterator[_T]:
    """Yield the first observation of each day (UTC) and key, in the order given."""
    seen: set[tuple[Hashable, int]] = set()
    for observation in observations:
        of_day = key(observation), int(observation.at // _DAY_S)
        if of_day not in seen:
            seen.add(of_day)
            yield observation


def known_quantiles(values: np.ndarray, quantile: float, first: int) -> np.ndarray:
    """Return the quantile of the values that was known before each of them, shape (values,).

    It is taken after the first values and at each doubling; NaN before.
    """
    quantiles = np.full(len(values), np.nan)
    known = first
    while known < len(values):
        quantiles[known : 2 * known] = np.quantile(values[:known], quantile)
        known *= 2
    return quantiles
