"""Estimator that starts from a linear model."""

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin, clone


# scikit-learn has no types.
class ResidualRegressor(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Fits an estimator to the residuals of an initial linear model.

    Gradient boosting from an initial estimator (Friedman, "Greedy function approximation: a
    gradient boosting machine", 2001, with a linear F0): trees alone follow a straight line in
    steps. scikit-learn's histogram boosting does not accept an initial estimator.
    """

    def __init__(self, init: Any, estimator: Any) -> None:
        self.init = init
        self.estimator = estimator

    def fit(self, X: np.ndarray, y: np.ndarray) -> Self:
        """Fit both estimators to X, (rows, features), and y, (rows,)."""
        self.init_ = clone(self.init).fit(X, y)
        self.estimator_ = clone(self.estimator).fit(X, y - self.init_.predict(X))
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return the sum of both predictions, (rows,)."""
        return np.asarray(self.init_.predict(X) + self.estimator_.predict(X))
