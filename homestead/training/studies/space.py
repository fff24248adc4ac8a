"""Search space of a candidate: its points, and the parameters that they stand for."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from homestead.problem.sections.candidate import SearchRange
from homestead.training.studies.trial import Point

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution


class SearchSpace:
    """Values to choose from, by parameter."""

    def __init__(self, search: Mapping[str, list[Any] | SearchRange]) -> None:
        self._ranges = {n: v for n, v in search.items() if isinstance(v, SearchRange)}
        # Of numbers the order counts: neighbours are tried beside good ones.
        self._lists = {
            name: sorted(values) if _are_numbers(values) else values
            for name, values in search.items()
            if not isinstance(values, SearchRange)
        }
        self._names = list(search)

    @property
    def has_ranges(self) -> bool:
        """Whether a parameter has a range instead of a list."""
        return bool(self._ranges)

    @property
    def size(self) -> float:
        """The number of points; infinite with a range of real numbers."""
        sizes = [float(len(values)) for values in self._lists.values()]
        sizes += [
            float(r.high - r.low + 1) if r.is_integer else math.inf for r in self._ranges.values()
        ]
        return math.prod(sizes)

    def params(self, point: Point) -> dict[str, Any]:
        """Return the parameters of a point."""
        return {
            name: self._lists[name][int(point[name])] if name in self._lists else point[name]
            for name in self._names
        }

    def distributions(self) -> "dict[str, BaseDistribution]":
        """Return Optuna's description of the points."""
        from optuna.distributions import (
            CategoricalDistribution,
            FloatDistribution,
            IntDistribution,
        )

        found: dict[str, BaseDistribution] = {}
        for name in self._names:
            if name in self._lists:
                values = self._lists[name]
                found[name] = (
                    IntDistribution(0, len(values) - 1)
                    if _are_numbers(values)
                    else CategoricalDistribution(list(range(len(values))))
                )
            else:
                r = self._ranges[name]
                kind = IntDistribution if r.is_integer else FloatDistribution
                found[name] = kind(r.low, r.high, log=r.log)  # type: ignore[arg-type]
        return found

    def random_point(self, draw: np.random.Generator) -> dict[str, int | float]:
        """Return a point drawn at random, each parameter on its own scale."""
        point: dict[str, int | float] = {}
        for name in self._names:
            if name in self._lists:
                point[name] = int(draw.integers(len(self._lists[name])))
                continue
            r = self._ranges[name]
            low, high = (float(r.low), float(r.high))
            if r.is_integer:
                # Each integer has its share of the scale.
                low, high = low - 0.5, high + 0.5
            share = draw.uniform()
            value = (
                math.exp(math.log(low) + share * math.log(high / low))
                if r.log
                else (low + share * (high - low))
            )
            value = min(max(value, r.low), r.high)
            point[name] = round(value) if r.is_integer else value
        return point


def _are_numbers(values: list[Any]) -> bool:
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
