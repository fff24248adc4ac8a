"""Confidence sequences by betting, for means of bounded differences and ratios of such means.

After Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting" (JRSS B,
2024; arXiv 2010.09686). Of observations ``x`` with a lower bound ``-b`` (``b`` > 0), a bet on "the
mean is above 0" multiplies its wealth by ``1 + f x / b`` with a fraction ``f`` < 1 that is fixed
beforehand: never negative, and of mean at most 1 given the past if the mean of ``x`` given the past
is at most 0. The paper's predictable plug-in estimates the best fraction as it goes; an average
over a grid of fractions is within a constant factor of the grid's best one, needs no estimate and
no tuning, and is a supermartingale as each of its bets is (Cover, "Universal portfolios", 1991).

A parameter is tested by ``x = difference - parameter * base``: with a base of 1 it is the mean of
the difference; with the champion's losses as base, how much larger, relatively, the challenger's
mean loss is.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from homestead.release.analysis.mixture import largest, log_mixture

# Small fractions find small differences in many observations, large ones large ones in few.
_FRACTIONS = np.geomspace(0.02, 0.95, 8)
_WEIGHTS = [1 / len(_FRACTIONS)] * len(_FRACTIONS)
_MAX_GAIN = 1e4
# Halvings of an interval of twice the expected width.
_ROUNDS = 7


@dataclass(frozen=True)
class BoundedDifferences:
    """Differences of the two models, one an observation, in the order in which they became known.

    Attributes:
        difference: shape (..., observations), within ``bounds``: above 0 if the challenger's is
            worse.
        bounds: fixed before the first observation.
        base: shape (..., observations), from 0 to ``largest_base``; or 1.
        parameters: smallest and largest possible parameter.
    """

    difference: np.ndarray
    bounds: tuple[float, float]
    parameters: tuple[float, float]
    base: np.ndarray | float = 1.0
    largest_base: float = 1.0

    def __len__(self) -> int:
        return int(self.difference.shape[-1])

    @cached_property
    def estimate(self) -> float | None:
        """The parameter that leaves a mean of 0; None if there is none that is finite."""
        base = float(np.sum(np.broadcast_to(self.base, self.difference.shape)))
        return float(self.difference.sum()) / base if base > 0 else None

    def log_wealth_above(self, parameter: float) -> np.ndarray:
        """Return the evidence, after each observation, that the parameter is larger than this."""
        return self._log_wealth(parameter, +1)

    def log_wealth_below(self, parameter: float) -> np.ndarray:
        """Return the evidence, after each observation, that the parameter is smaller than this."""
        return self._log_wealth(parameter, -1)

    def _log_wealth(self, parameter: float, sign: int) -> np.ndarray:
        # A base that varies reaches down to 0; one that is fixed has no other value.
        least = 0.0 if isinstance(self.base, np.ndarray) else self.largest_base
        shifts = (parameter * least, parameter * self.largest_base)
        if sign > 0:
            most_lost = max(shifts) - self.bounds[0]
            most_gained = self.bounds[1] - min(shifts)
        else:
            most_lost = self.bounds[1] - min(shifts)
            most_gained = max(shifts) - self.bounds[0]
        # A stake is never so small that one observation would gain more than the mixture can hold.
        stake = max(most_lost, most_gained / _MAX_GAIN, np.finfo(float).tiny)
        gains = sign * (self.difference - parameter * self.base) / stake
        return log_mixture((1 + fraction * gains for fraction in _FRACTIONS), _WEIGHTS)

    def low(self, level: float) -> float:
        """Return a bound that the parameter is below, at any look, with probability ``level``."""
        return self._bound(self.log_wealth_above, level, *self.parameters)

    def high(self, level: float) -> float:
        """Return a bound that the parameter is above, at any look, with probability ``level``."""
        return self._bound(self.log_wealth_below, level, *self.parameters[::-1])

    def _bound(
        self, log_wealth: Callable[[float], np.ndarray], level: float, first: float, last: float
    ) -> float:
        """Return the last parameter that the evidence refutes, on the way from first to last.

        What is returned is refuted, so that the bound errs on the safe side.
        """

        def is_refuted(parameter: float) -> bool:
            return bool(largest(log_wealth(parameter)) >= np.log(1 / level))

        if len(self) == 0:
            return first
        refuted, kept = self._bracket(is_refuted, level, first, last)
        if refuted == first and not is_refuted(first):
            return first
        for _ in range(_ROUNDS):
            middle = (refuted + kept) / 2
            refuted, kept = (middle, kept) if is_refuted(middle) else (refuted, middle)
        return refuted

    def _bracket(
        self, is_refuted: Callable[[float], bool], level: float, first: float, last: float
    ) -> tuple[float, float]:
        """Return a refuted parameter and one that is not, about an interval's width apart."""
        if self.estimate is None:
            return first, last
        base, needed = float(np.mean(self.base)), np.log(1 / level)
        spread = float((self.difference - self.estimate * self.base).std()) / base
        width = (self.bounds[1] - self.bounds[0]) / base
        step = spread * np.sqrt(2 * needed / len(self)) + width * needed / len(self)
        step = 2 * float(np.copysign(step, last - first))
        refuted, kept = first, last
        parameter = min(max(self.estimate, min(first, last)), max(first, last))
        outward = not is_refuted(parameter)
        while min(first, last) < parameter < max(first, last):
            if is_refuted(parameter):
                refuted = parameter
                if outward:
                    break
                parameter += step
            else:
                kept = parameter
                if not outward:
                    break
                parameter -= step
        return refuted, kept
