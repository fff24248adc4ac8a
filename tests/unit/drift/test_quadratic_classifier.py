"""The quadratic classifier: gaps, categories, constants, and tables wider than it multiplies."""

import numpy as np
import pytest

from homestead.drift.quadratic_classifier import QuadraticClassifier


def auc(before: np.ndarray, after: np.ndarray, is_category: list[bool]) -> float:
    """Return the probability that a new current row has a higher score than a new reference row."""
    half = len(before) // 2, len(after) // 2
    classifier = QuadraticClassifier.fit(before[: half[0]], after[: half[1]], is_category)
    scores = classifier.score(before[half[0] :]), classifier.score(after[half[1] :])
    return float((scores[1][:, None] > scores[0][None, :]).mean())


@pytest.mark.parametrize("kind", ["mean", "spread", "correlation", "missing", "category"])
def test_each_kind_of_change_is_seen(kind: str) -> None:
    draw = np.random.default_rng(0)
    before, after = (
        np.column_stack([draw.normal(size=(count, 3)), draw.integers(0, 4, count)])
        for count in (2000, 600)
    )
    assert 0.4 < auc(before, after, [False, False, False, True]) < 0.6
    if kind == "mean":
        after[:, 0] += 1
    elif kind == "spread":
        after[:, 0] *= 3
    elif kind == "correlation":
        after[:, 0] = after[:, 1] + 0.1 * after[:, 0]
    elif kind == "missing":
        after[::3, 0] = np.nan
    else:
        after[::2, 3] = 3
    assert auc(before, after, [False, False, False, True]) > 0.6


def test_constant_empty_and_very_many_columns_are_no_obstacle() -> None:
    draw = np.random.default_rng(1)
    before, after = (draw.normal(size=(count, 60)) for count in (1000, 400))
    for rows in (before, after):
        rows[:, 0], rows[:, 1] = 5.0, np.nan
    after[:, 2] += 1.5
    assert auc(before, after, [False] * 60) > 0.65
