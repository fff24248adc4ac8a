"""Estimator that starts from a linear model."""

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.pipeline import Pipeline


def weight_arguments(estimator: Any, sample_weight: np.ndarray | None) -> dict[str, np.ndarray]:
    """Return the arguments of ``fit`` that give rows their weights, (rows,); none for None.

    The last step of a pipeline gets them: the preparation of inputs counts rows alike.
    """
    if sample_weight is None:
        return {}
    if isinstance(estimator, TransformedTargetRegressor):
        estimator = estimator.regressor
    if isinstance(estimator, Pipeline):
        return {f"{estimator.steps[-1][0]}__sample_weight": sample_weight}
    return {"sample_weight": sample_weight}


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

    def fit(self, X: np.ndarray, y: np.ndarray, sample_weight: np.ndarray | None = None) -> Self:
        """Fit both estimators to X, (rows, features), and y, (rows,), each row with its weight."""
        weights = weight_arguments(self.init, sample_weight)
        self.init_ = clone(self.init).fit(X, y, **weights)
        weights = weight_arguments(self.estimator, sample_weight)
        self.estimator_ = clone(self.estimator).fit(X, y - self.init_.predict(X), **weights)
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return the sum of both predictions, (rows,)."""
        return np.asarray(self.init_.predict(X) + self.estimator_.predict(X))
