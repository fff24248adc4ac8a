"""LightGBM's estimators with boosters that they do not fit themselves. Importing loads LightGBM."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from lightgbm import Booster, LGBMClassifier, LGBMRegressor
from lightgbm import train as train_booster
from sklearn.utils.class_weight import compute_sample_weight

from homestead.training.boosting.shared_bins import shared_bins

# Parameters of the estimators that are none of LightGBM's, or that are set for each fit.
_OF_ESTIMATORS = ("n_estimators", "class_weight", "importance_type", "n_jobs")
# Of the rows that a booster is exchanged in, of each class.
_SAMPLE_ROWS = 20


@dataclass(frozen=True)
class BoosterFit:
    """What a booster is fitted to.

    Attributes:
        params: LightGBM's; the estimators' names are aliases of its own.
        rounds: of boosting.
        X: (rows, features).
        y: (rows,), or numbers of classes.
        weights: (rows,) or None.
        categorical: columns with codes of categories.
    """

    params: dict[str, Any]
    rounds: int
    X: np.ndarray
    y: np.ndarray
    weights: np.ndarray | None
    categorical: tuple[int, ...]


class GivenBooster:
    """Mixin of an estimator of LightGBM whose booster is fitted by :meth:`fit_booster`."""

    def fit_booster(self, fit: BoosterFit) -> Booster:
        """Return a fitted booster."""
        raise NotImplementedError

    def fit(
        self,
        X: np.ndarray,
        y: np.ndarray,
        sample_weight: np.ndarray | None = None,
        categorical_feature: Sequence[int] = (),
    ) -> Self:
        """Fit to X, (rows, features), and y, (rows,), each row with its weight.

        Raises:
            UserError: as :meth:`fit_booster`.
            LightGBMError: values are refused.
        """
        estimator: Any = self
        # What the estimator is beside its booster follows from a few rows of each class. Targets of
        # nothing but zeros are refused by losses of counts: the largest one is among the rows.
        codes = np.unique(y, return_inverse=True)[1] if _is_classifier(self) else np.zeros(len(y))
        classes = np.unique(codes)
        rows = [np.flatnonzero(codes == code)[:_SAMPLE_ROWS] for code in classes]
        sample = np.concatenate([*rows, [np.argmax(y)]])
        rounds = estimator.n_estimators
        estimator.n_estimators = 1
        try:
            super().fit(X[sample], y[sample])  # type: ignore[misc]
        finally:
            estimator.n_estimators = rounds
        weights = sample_weight
        if estimator.class_weight is not None:
            by_class = compute_sample_weight(estimator.class_weight, y)
            weights = by_class if weights is None else weights * by_class
        params = _params(estimator, len(classes))
        targets = codes if _is_classifier(self) else y
        fit = BoosterFit(params, rounds, X, targets, weights, tuple(categorical_feature))
        estimator._Booster = self.fit_booster(fit)
        return self


class _Binned(GivenBooster):
    """Fits an estimator of LightGBM to bins that other fits may have made."""

    def fit_booster(self, fit: BoosterFit) -> Booster:
        """Return the booster that LightGBM's own estimator would fit, bit by bit."""
        bins = shared_bins()
        assert bins is not None  # noqa: S101 - build_estimator asks
        estimator: Any = self
        # As many as OpenMP has unless a number is given: they change no bit.
        params = fit.params | {"num_threads": max(0, estimator.n_jobs or 0)}
        data = bins.dataset(fit.X, params, fit.categorical)
        data.set_label(fit.y)
        data.set_weight(fit.weights)
        booster = train_booster(params, data, fit.rounds)
        booster.free_dataset()
        return booster


class BinnedRegressor(_Binned, LGBMRegressor):  # type: ignore[misc]
    """A regressor from shared bins."""


class BinnedClassifier(_Binned, LGBMClassifier):  # type: ignore[misc]
    """A classifier from shared bins."""


def binned(path: str) -> Any:
    """Return the estimator that takes the place of LightGBM's, by its class's full name."""
    return of_kind(path, BinnedRegressor, BinnedClassifier)()


def of_kind(path: str, regressor: type[Any], classifier: type[Any]) -> type[Any]:
    """Return the one that takes the place of a class of LightGBM, by that class's full name."""
    return classifier if path.endswith("Classifier") else regressor


def _is_classifier(estimator: Any) -> bool:
    return isinstance(estimator, LGBMClassifier)


def _params(estimator: Any, classes: int) -> dict[str, Any]:
    """Return LightGBM's parameters; the estimators' names are aliases of its own."""
    given = {k: v for k, v in estimator.get_params().items() if k not in _OF_ESTIMATORS}
    params = {name: value for name, value in given.items() if value is not None}
    if _is_classifier(estimator):
        params.setdefault("objective", "binary" if classes <= 2 else "multiclass")
        if classes > 2:
            params["num_class"] = classes
    else:
        params.setdefault("objective", "regression")
    return params
