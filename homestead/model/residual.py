"""An estimator that begins where a linear model ends."""

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin, clone


class ResidualRegressor(RegressorMixin, BaseEstimator):
    """Fits an estimator to what an initial linear model leaves over.

    Gradient boosting from an initial estimator (Friedman, "Greedy function approximation: a
    gradient boosting machine", 2001, with F0 linear): trees alone follow a straight line in steps.
    scikit-learn's histogram boosting takes no initial estimator of its own.
    """

    def __init__(self, init: Any, estimator: Any) -> None:
        self.init = init
        self.estimator = estimator

    def fit(self, X: np.ndarray, y: np.ndarray) -> Self:
        """Fit both on (rows, features) and (rows,)."""
        self.init_ = clone(self.init).fit(X, y)
        self.estimator_ = clone(self.estimator).fit(X, y - self.init_.predict(X))
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        """The sum of both, (rows,)."""
        return np.asarray(self.init_.predict(X) + self.estimator_.predict(X))
