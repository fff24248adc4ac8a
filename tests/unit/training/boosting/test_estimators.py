"""Estimators from shared bins: LightGBM's own trees, classes and answers."""

from typing import Any

import lightgbm
import numpy as np
import pytest

from homestead.training.boosting.estimators import BinnedClassifier, BinnedRegressor
from homestead.training.boosting.shared_bins import shared_bins, sharing_bins


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("classes", [0, 2, 3])
def test_an_estimators_trees_are_lightgbms_own(classes: int, weighted: bool) -> None:
    draw = np.random.default_rng(0)
    X = draw.normal(size=(500, 4))
    X[:, 3] = draw.integers(0, 6, 500)
    X[::7, 2] = np.nan
    y = X[:, 0] + np.sin(3 * X[:, 1]) + (X[:, 3] == 2)
    weights = draw.uniform(0.5, 2, 500) if weighted else None
    params: dict[str, Any] = {"n_estimators": 8, "random_state": 3, "subsample": 0.8, "n_jobs": 1}
    params |= {"subsample_freq": 1, "colsample_bytree": 0.7, "deterministic": True, "verbosity": -1}
    params |= {"force_col_wise": True}
    kinds: tuple[Any, Any] = (lightgbm.LGBMRegressor, BinnedRegressor)
    if classes:
        y = np.digitize(y, np.quantile(y, np.arange(1, classes) / classes)).astype(float)
        kinds = (lightgbm.LGBMClassifier, BinnedClassifier)
        params["class_weight"] = "balanced"
    own = kinds[0](**params).fit(X, y, sample_weight=weights, categorical_feature=[3])
    with sharing_bins():
        bins = shared_bins()
        assert bins is not None
        for leaves in (5, 31):
            with bins.of_fold("a", X):
                fitted = kinds[1](**params, num_leaves=leaves)
                fitted.fit(X, y, sample_weight=weights, categorical_feature=[3])
    assert _trees(fitted) == _trees(own)
    answers = "predict_proba" if classes else "predict"
    assert (getattr(fitted, answers)(X) == getattr(own, answers)(X)).all()


def _trees(estimator: Any) -> str:
    """Return a booster's text without its parameters."""
    return str(estimator.booster_.model_to_string()).partition("end of trees")[0]


def test_counts_of_which_the_first_are_zero_are_fitted() -> None:
    """The few rows by which an estimator is set up hold a count, without which the loss fails."""
    X = np.arange(200.0)[:, None]
    with sharing_bins():
        fitted = BinnedRegressor(objective="poisson", n_estimators=3, verbosity=-1)
        fitted.fit(X, np.maximum(0, X[:, 0] - 100))
    assert np.max(np.asarray(fitted.predict(X))) > 20
