"""Observations that count: of each subject at most one a day.

The tests need that an observation, given those before it, favours neither model if the models are
equal. Repeated requests of a subject repeat its answer: a subject on which the challenger is bad,
asked a hundred times, would be a hundred observations that say one thing. So an hour of one busy
subject cannot decide a release, and a problem of a few subjects that come back each day (weather
stations) is decided within days. Failures count once a subject in the whole release.
"""

from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar

_DAY_S = 86_400


class _Observed(Protocol):
    @property
    def subject(self) -> str: ...
    @property
    def at(self) -> float: ...


_T = TypeVar("_T", bound=_Observed)


def first_of_day(observations: Iterable[_T]) -> Iterator[_T]:
    """Yield each subject's first observation of each day (UTC), in the order given."""
    seen: set[tuple[str, int]] = set()
    for observation in observations:
        key = observation.subject, int(observation.at // _DAY_S)
        if key not in seen:
            seen.add(key)
            yield observation
