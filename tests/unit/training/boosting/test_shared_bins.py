"""Shared bins: made once for all trials of a fold, and the trees are those without them."""

from typing import Any

import lightgbm
import numpy as np
import pytest

from homestead.training import estimators
from homestead.training.boosting.shared_bins import SharedBins
from homestead.training.search import train_candidate
from tests.unit.training.studies.study_problem import flats, problem_with

_BOOSTING: dict[str, Any] = {
    "estimator": "lightgbm.LGBMRegressor",
    "parameters": {"n_estimators": 12, "subsample": 0.7, "subsample_freq": 1},
    "search": {"num_leaves": [4, 8, 12], "learning_rate": [0.1, 0.3]},
    "trials": 6,
}


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Collect the rows of each set of bins that LightGBM makes, the few of a first fit left out."""
    rows: list[int] = []
    construct = lightgbm.Dataset.construct

    def counted(self: lightgbm.Dataset) -> lightgbm.Dataset:
        if self._handle is None and isinstance(self.data, np.ndarray) and len(self.data) > 21:
            rows.append(len(self.data))
        return construct(self)

    monkeypatch.setattr(lightgbm.Dataset, "construct", counted)
    return rows


def _trained(monkeypatch: pytest.MonkeyPatch, *, sharing: bool, **candidate: Any) -> Any:
    if not sharing:
        # Then every estimator is LightGBM's own.
        monkeypatch.setattr(estimators, "shared_bins", lambda: None)
    return train_candidate("one", flats(), problem_with(one={**_BOOSTING, **candidate}), 0)


@pytest.mark.parametrize(
    "candidate",
    [
        {},
        {"encoding": "target"},
        {"search": {"min_child_samples": [5, 15], "max_bin": [15, 63]}, "trials": 4},
        {"search": {"num_leaves": {"low": 4, "high": 12}}, "trials": 12},
    ],
)
def test_a_search_gives_the_bytes_that_it_gives_without_sharing(
    monkeypatch: pytest.MonkeyPatch, candidate: dict[str, Any]
) -> None:
    shared = _trained(monkeypatch, sharing=True, **candidate)
    assert shared == _trained(monkeypatch, sharing=False, **candidate)


def test_six_trials_make_bins_once(made: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    _trained(monkeypatch, sharing=True)
    # Of train for the trials, and of train and validation for the model.
    trials, whole = made
    assert trials < whole
    made.clear()
    _trained(monkeypatch, sharing=False)
    assert len(made) == 7


def test_what_shapes_bins_makes_its_own(made: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """A column that min_child_samples could never split has no bins: it is such a parameter."""
    candidate = {"search": {"min_child_samples": [5, 15], "max_bin": [15, 63]}, "trials": 4}
    _trained(monkeypatch, sharing=True, **candidate)
    assert len(made) == 5


def test_bins_are_of_the_very_matrix_and_the_oldest_go() -> None:
    bins = SharedBins()
    X = np.random.default_rng(0).normal(size=(50, 2))
    with bins.of_fold("a", X):
        first = bins.dataset(X, {"max_bin": 15, "num_leaves": 4}, ())
        assert bins.dataset(X, {"max_bin": 15, "num_leaves": 9}, ()) is first
        assert bins.dataset(X, {"max_bin": 15, "num_leaves": 9}, (1,)) is not first
        assert bins.dataset(X.copy(), {"max_bin": 15}, ()) is not first
    with bins.of_fold("b", X):
        for most in range(20, 30):
            bins.dataset(X, {"max_bin": most}, ())
    assert bins.dataset(X, {"max_bin": 15}, ()) is not first
    with bins.of_fold("a", X):
        assert bins.dataset(X, {"max_bin": 15}, ()) is not first
