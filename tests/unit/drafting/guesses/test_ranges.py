"""Ranges are wide enough for what is plausible, and have round ends."""

import pytest

from homestead.drafting.guesses.ranges import guess_range


@pytest.mark.parametrize(
    ("low", "high", "is_whole", "expected"),
    [
        (38, 265, True, (0, 1000)),
        (0, 1, False, (0, 1)),
        (0.2, 0.9, False, (0, 1)),
        (0, 1, True, (0, 2)),
        (1872, 2010, True, (1800, 2100)),
        (-93.7, -93.5, False, (-200, 0)),
        (-21, 1301, True, (-2000, 5000)),
        (5, 5, True, (0, 10)),
        (0, 0, True, (0, 1)),
        (0.001, 0.002, True, (0, 0.005)),
    ],
)
def test_ranges(low: float, high: float, is_whole: bool, expected: tuple[float, float]) -> None:
    found = guess_range(low, high, is_whole)
    assert found == expected
    assert found[0] <= low <= high <= found[1]
