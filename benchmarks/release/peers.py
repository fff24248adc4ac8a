"""What canary analyses do without sequential tests, and the mixture SPRT of A/B testing.

Each takes sums after each look and returns the first look at which the challenger is found worse.
"""

import numpy as np

# Of a two-sided test at 1%, of which only the harmful side counts.
_CRITICAL = 2.5758


def first(found: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Return, of each release, the request at which something is first found; infinite if never.

    Args:
        found: shape (releases, looks).
        at: requests at the looks, of that shape or (looks,).
    """
    at = np.broadcast_to(at, found.shape)
    position = found.argmax(axis=1)
    return np.where(found.any(axis=1), at[np.arange(len(at)), position], np.inf)


def z_test(mean: np.ndarray, variance: np.ndarray, count: np.ndarray) -> np.ndarray:
    """Return where a z-test at 1% finds a mean difference above 0.

    Args:
        mean, variance: of the differences so far, shape (releases, looks).
        count: observations at each look, shape (looks,).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        scores = np.nan_to_num(mean / np.sqrt(variance / count), nan=0.0)
    return np.asarray(scores > _CRITICAL)


def msprt(
    mean: np.ndarray, variance: np.ndarray, count: np.ndarray, scale: float, level: float = 0.01
) -> np.ndarray:
    """Return where the mixture SPRT finds a mean difference above 0.

    Johari, Pekelis and Walsh, "Always valid inference: continuous monitoring of A/B tests" (2022;
    arXiv 1512.04922), with a normal mixture and the variance estimated from the observations.

    Args:
        scale: standard deviation of the mixture, in the unit of the differences.
    """
    variance = np.maximum(variance, 1e-12)
    spread = variance + count * scale**2
    log_ratio = 0.5 * np.log(variance / spread) + (count * scale * mean) ** 2 / (
        2 * variance * spread
    )
    return np.asarray((log_ratio >= np.log(1 / level)) & (mean > 0))
