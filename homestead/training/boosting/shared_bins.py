"""Bins of the rows that trials fit LightGBM to, made once for all trials of a candidate.

LightGBM fits to whole numbers of a byte, one for each bin of a column's values. Trials of a fold
differ in parameters that do not touch the bins, so that one set of them serves all. Bins of other
rows would be other ones: those of a fold are made from its rows alone, as each fit made them.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from lightgbm import Dataset

# Parameters that say what is done with bins, not what they are, by the names of the estimators. Any
# other one may matter, even min_child_samples: a column that it could never split has no bins.
_OF_TREES = frozenset(
    {
        *("learning_rate", "num_leaves", "max_depth", "min_child_weight", "min_split_gain"),
        *("reg_alpha", "reg_lambda", "subsample", "subsample_freq", "colsample_bytree"),
        *("colsample_bynode", "extra_trees", "path_smooth", "num_threads"),
    }
)
# Bins are an eighth of the matrix, which may be needed as often again.
_MOST_DATASETS = 8


class SharedBins:
    """Datasets of LightGBM by the fold and the parameters that their bins follow from."""

    def __init__(self) -> None:
        self._datasets: dict[object, Dataset] = {}
        self._fold: tuple[object, np.ndarray] | None = None

    @contextmanager
    def of_fold(self, fold: object, X: np.ndarray) -> Iterator[None]:
        """Share the bins of a fold's inputs within the block.

        Args:
            fold: tells the folds of a candidate apart.
            X: (rows, features), the same rows each time.
        """
        self._fold = (fold, X)
        try:
            yield
        finally:
            self._fold = None

    def dataset(
        self, X: np.ndarray, params: Mapping[str, Any], categorical: tuple[int, ...]
    ) -> "Dataset":
        """Return the bins of inputs, without targets and weights.

        They are shared if X is the very matrix of the fold: one that an encoding of categories has
        made follows from more.

        Args:
            params: LightGBM's, all of them.
            categorical: columns with codes of categories.
        """
        if self._fold is None or self._fold[1] is not X:
            return _new_dataset(X, params, categorical)
        shaping = {name: value for name, value in params.items() if name not in _OF_TREES}
        key = self._fold[0], repr(sorted(shaping.items())), categorical
        found = self._datasets.pop(key, None) or _new_dataset(X, params, categorical)
        self._datasets[key] = found
        # The one that was used last is the last one.
        while len(self._datasets) > _MOST_DATASETS:
            del self._datasets[next(iter(self._datasets))]
        return found


_SHARED: ContextVar[SharedBins | None] = ContextVar("shared_bins", default=None)


def shared_bins() -> SharedBins | None:
    """Return the bins that fits share here; None if each makes its own."""
    return _SHARED.get()


@contextmanager
def sharing_bins() -> Iterator[None]:
    """Let fits of LightGBM within the block share bins."""
    token = _SHARED.set(SharedBins())
    try:
        yield
    finally:
        _SHARED.reset(token)


def _new_dataset(
    X: np.ndarray, params: Mapping[str, Any], categorical: tuple[int, ...]
) -> "Dataset":
    import lightgbm

    return lightgbm.Dataset(
        X, categorical_feature=list(categorical) if categorical else "auto", params=dict(params)
    )
