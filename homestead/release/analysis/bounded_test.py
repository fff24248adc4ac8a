"""A test of bounded differences in two directions: harm, and within the limit."""

import numpy as np

from homestead.release.analysis.betting import BoundedDifferences
from homestead.release.analysis.levels import PASS_LEVEL
from homestead.release.analysis.mixture import as_e_value, largest
from homestead.release.analysis.result import TestResult, TestVerdict


def bounded_test(
    name: str,
    title: str,
    differences: BoundedDifferences,
    *,
    harmful_above: float,
    passed_below: float,
    level: float,
    least: int = 1,
    power: float = 1.0,
) -> TestResult:
    """Test whether the differences' parameter is above one limit, or below another.

    Evidence is the largest so far, so that what was found once is found again when observations
    are appended.

    Args:
        level: of finding harm; a pass has its own level.
        least: fewer observations decide nothing.
        power: the parameter is the relative excess of a mean of such powers, for example of
            squares. Limits and figures are those of its root.
    """
    harm, within_limit = raised(harmful_above, power), raised(passed_below, power)
    if len(differences) == 0:
        low, high = differences.parameters
        against, within = 0.0, 0.0
    else:
        low, high = differences.low(level), differences.high(PASS_LEVEL)
        from_least = slice(least - 1, None)
        against = largest(differences.log_wealth_above(harm)[from_least])
        within = largest(differences.log_wealth_below(within_limit)[from_least])
    verdict: TestVerdict = "undecided"
    # What is found at the limit itself decides; the bounds are solved for, nearly.
    if against >= np.log(1 / level):
        verdict, low = "harm", max(low, harm)
    elif within >= np.log(1 / PASS_LEVEL):
        verdict, high = "passed", min(high, within_limit)
    estimate = differences.estimate
    return TestResult(
        name=name,
        title=title,
        verdict=verdict,
        estimate=None if estimate is None else raised(estimate, 1 / power),
        low=raised(low, 1 / power),
        high=raised(high, 1 / power),
        harmful_above=harmful_above,
        passed_below=passed_below,
        observations=len(differences),
        e_value=as_e_value(against),
        level=level,
    )


def raised(excess: float, power: float) -> float:
    """Return the relative excess of a power, from that of its base."""
    return float((1 + max(excess, -1)) ** power - 1) if power != 1 else excess


def decidable_from(differences: BoundedDifferences, limit: float) -> int:
    """Return how many observations an equally good challenger needs to pass, about.

    Of a mean ``m`` below the limit and a standard deviation ``s``, the logarithm of a bet's wealth
    grows by ``m² / 2 s²`` an observation at best. Twice as many observations leave room for the
    mixture and for chance.
    """
    base = np.broadcast_to(differences.base, differences.difference.shape)
    mean = limit * float(base.mean()) if len(differences) else 0.0
    if mean <= 0:
        return 2**31
    spread = float((differences.difference - limit * base).std())
    return int(min(4 * np.log(1 / PASS_LEVEL) * (spread / mean) ** 2, 2**31))
