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
_FRACTIONS = np.geomspace(0.01, 0.95, 12)
_WEIGHTS = [1 / len(_FRACTIONS)] * len(_FRACTIONS)
_MAX_GAIN = 1e4
_ROUNDS = 25


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
        self, log_wealth: Callable[[float], np.ndarray], level: float, refuted: float, kept: float
    ) -> float:
        """Return where the evidence falls below 1/level, between two parameters.

        The root of the evidence's logarithm is nearly linear in the parameter: a false position
        with the Illinois rule finds the bound in a few rounds. What is returned is refuted, so the
        bound errs on the safe side.
        """
        threshold = np.sqrt(np.log(1 / level))

        def excess(parameter: float) -> float:
            return float(np.sqrt(largest(log_wealth(parameter))) - threshold)

        if len(self) == 0 or (over := excess(refuted)) <= 0:
            return refuted
        under = excess(kept)
        if under >= 0:
            return kept
        precision, last = 1e-5 * abs(kept - refuted), 0
        for _ in range(_ROUNDS):
            if abs(kept - refuted) <= precision:
                break
            middle = refuted + (kept - refuted) * over / (over - under)
            found = excess(middle)
            side = 1 if found >= 0 else -1
            if side > 0:
                refuted, over = middle, found
                under = under / 2 if side == last else under
            else:
                kept, under = middle, found
                over = over / 2 if side == last else over
            last = side
        return refuted
