"""Classifier of current against reference rows: means, spreads and correlations of all inputs.

A linear discriminant on the inputs' normal scores, their squares and products, with a ridge. It is
fitted in one linear system, so that a check takes a fraction of a second, and sees each change of a
mean, a spread or a correlation. Normal scores do not depend on an input's unit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from homestead.drift.two_sample_tests import Values

_RIDGE = 0.1
# More than so many products are sampled: the linear system grows with their square.
_MAX_PRODUCTS = 800
# A category's more frequent values have an indicator each.
_MAX_INDICATORS = 8
_SEED = 0


@dataclass(frozen=True)
class QuadraticClassifier:
    """Scores rows: the higher, the more they look like current ones.

    Attributes:
        columns: the reference's values of each number, sorted, and of each category, by frequency.
        is_category: by column.
        has_missing: by column, whether missing values have an indicator.
        products: pairs of scores that are multiplied: (2, number of products).
        centre: of each feature among the reference rows.
        deviation: likewise.
        weights: of the standardised features.
    """

    columns: tuple[Values, ...]
    is_category: tuple[bool, ...]
    has_missing: tuple[bool, ...]
    products: NDArray[np.int64]
    centre: Values
    deviation: Values
    weights: Values

    @classmethod
    def fit(cls, reference: Values, current: Values, is_category: Sequence[bool]) -> Self:
        """Fit it to rows of both kinds, (rows, columns) float64 each, NaN for missing."""
        columns = tuple(
            _by_frequency(column) if category else np.sort(column[~np.isnan(column)])
            for column, category in zip(reference.T, is_category, strict=True)
        )
        has_missing = tuple(
            bool(np.isnan(before).any() or np.isnan(after).any())
            for before, after in zip(reference.T, current.T, strict=True)
        )
        scores = [_scores(rows, columns, is_category, has_missing) for rows in (reference, current)]
        products = _products(scores[0].shape[1])
        before, after = (_features(score, products) for score in scores)
        centre, deviation = before.mean(axis=0), before.std(axis=0)
        deviation[deviation == 0] = 1.0
        before, after = (before - centre) / deviation, (after - centre) / deviation
        change = after.mean(axis=0)
        residuals = np.concatenate([before, after - change])
        covariance = residuals.T @ residuals / len(residuals)
        covariance[np.diag_indices_from(covariance)] += _RIDGE
        weights = np.linalg.solve(covariance, change)
        return cls(columns, tuple(is_category), has_missing, products, centre, deviation, weights)

    def score(self, rows: Values) -> Values:
        """Return one score for each row, of (rows, columns) float64."""
        scores = _scores(rows, self.columns, self.is_category, self.has_missing)
        features = _features(scores, self.products)
        result: Values = (features - self.centre) / self.deviation @ self.weights
        return result


def _by_frequency(column: Values) -> Values:
    values, counts = np.unique(column[~np.isnan(column)], return_counts=True)
    frequent: Values = values[np.argsort(-counts, kind="stable")][:_MAX_INDICATORS]
    return frequent


def _scores(
    rows: Values,
    columns: Sequence[Values],
    is_category: Sequence[bool],
    has_missing: Sequence[bool],
) -> Values:
    """Return normal scores of numbers, indicators of categories, and of missing values."""
    parts: list[Values] = []
    for values, known, category, indicator in zip(
        rows.T, columns, is_category, has_missing, strict=True
    ):
        missing = np.isnan(values)
        if indicator:
            parts.append(missing[:, None].astype(float))
        if category:
            parts.append((values[:, None] == known[None, :]).astype(float))
        else:
            ranks = np.searchsorted(known, values, "left") + np.searchsorted(known, values, "right")
            score = ndtri((ranks + 1) / (2 * len(known) + 2))
            parts.append(np.where(missing, 0.0, score)[:, None])
    return np.concatenate(parts, axis=1)


def _products(scores: int) -> NDArray[np.int64]:
    pairs = np.array(np.triu_indices(scores))
    if pairs.shape[1] > _MAX_PRODUCTS:
        drawn = np.random.default_rng(_SEED).choice(pairs.shape[1], _MAX_PRODUCTS, replace=False)
        pairs = pairs[:, np.sort(drawn)]
    return pairs


def _features(scores: Values, products: NDArray[np.int64]) -> Values:
    return np.concatenate([scores, scores[:, products[0]] * scores[:, products[1]]], axis=1)
