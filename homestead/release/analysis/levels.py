"""How the error level of a release is spent over its tests.

Whatever the tests have in common, the probability that any of them finds harm in an equally good
model is at most the sum of their levels (Bonferroni), and each level holds at all looks together.
Most goes to failures, which users feel most and which are rare, so that evidence comes slowly.
"""

from types import MappingProxyType

# Parts of `policy.error_level`; they add up to 1.
PARTS = MappingProxyType(
    {
        "failures": 0.6,
        "error": 0.15,
        "slices": 0.1,
        "distance": 0.05,
        "slower": 0.05,
        "slowest": 0.05,
    }
)
# Probability that a challenger beyond a limit passes that limit's test at any look of a release.
PASS_LEVEL = 0.05


def slice_level(error_level: float, position: int) -> float:
    """Return the level of a slice's test.

    How many slices will be seen is not known at first, so the part of the slices is spent in the
    order in which they appear: 1/2, 1/6, 1/12, …, which add up to 1.

    Args:
        position: of the slice in that order, from 1 on.
    """
    return error_level * PARTS["slices"] / (position * (position + 1))
