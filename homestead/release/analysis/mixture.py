"""Wealth of a mixture of bets: the average of products, as logarithms, after each observation.

Each bet multiplies its wealth by a factor that is at least 0 and whose mean, given the past, is at
most 1 under the null hypothesis. So the average of the bets' wealth is a nonnegative
supermartingale that starts at 1, and by Ville's inequality (1939) it ever reaches 1/a with
probability a at most: whoever looks after each observation errs no more often than one who looks
once.
"""

from collections.abc import Iterable, Sequence

import numpy as np

# Products of so many factors are within the range of a double; logarithms are taken once for each.
_BLOCK = 64


def log_mixture(factors: Iterable[np.ndarray], weights: Sequence[float]) -> np.ndarray:
    """Return the logarithm of the mixture's wealth after each observation.

    Args:
        factors: of each bet, shape (..., observations), each at most 1e4.
        weights: of the bets, which add up to 1.

    Returns:
        Shape (..., observations); minus infinity where all wealth is lost.
    """
    total, reference, count = np.zeros(()), np.full((), -np.inf), 0
    for factor, weight in zip(factors, weights, strict=True):
        count = factor.shape[-1]
        products = np.cumprod(_in_blocks(factor), axis=-1)
        with np.errstate(divide="ignore"):
            gains = np.log(products[..., :-1, -1:])
        first = np.full((*products.shape[:-2], 1, 1), np.log(weight))
        start = np.cumsum(np.concatenate([first, gains], axis=-2), axis=-2)
        largest = np.maximum(reference, start)
        finite = np.where(np.isfinite(largest), largest, 0.0)
        total = total * np.exp(reference - finite) + products * np.exp(start - finite)
        reference = largest
    with np.errstate(divide="ignore"):
        path = np.log(total) + reference
    flat = path.reshape(*path.shape[:-2], -1)
    return np.asarray(flat[..., :count])


def _in_blocks(factor: np.ndarray) -> np.ndarray:
    """Return the factors in blocks, shape (..., blocks, block); the last is filled with ones."""
    missing = -factor.shape[-1] % _BLOCK
    ones = np.ones((*factor.shape[:-1], missing))
    filled = np.concatenate([factor, ones], axis=-1) if missing else factor
    return filled.reshape(*factor.shape[:-1], -1, _BLOCK)


def largest(log_path: np.ndarray) -> float:
    """Return the largest value of a path, and of its start at 0, before the first observation."""
    return float(max(log_path.max(initial=0.0), 0.0))


def as_e_value(log_wealth: float) -> float:
    """Return the wealth itself, as a finite number."""
    return float(np.exp(min(log_wealth, 690.0)))
