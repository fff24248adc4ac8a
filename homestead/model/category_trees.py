"""Trees on categories: an estimator that gets them natively, or as means of the target."""

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, clone, is_classifier

_FOLDS = 5


# scikit-learn has no types.
class CategoryTrees(BaseEstimator):  # type: ignore[misc]
    """Fits trees to a matrix of numbers and codes of categories.

    A target encoded category is replaced by the mean of the target in its rows, shrunk towards the
    mean of all rows (Micci-Barreca, "A preprocessing scheme for high-cardinality categorical
    attributes", 2001); with more than two classes by each class's share. The fit gets means of the
    rows outside a row's own fold, or trees would read the target off rare categories.
    """

    def __init__(
        self,
        estimator: Any,
        target: tuple[int, ...] = (),
        native: tuple[int, ...] = (),
        seed: int = 0,
    ) -> None:
        """Take the estimator.

        Args:
            estimator: the trees.
            target: columns that are target encoded.
            native: columns that LightGBM splits by sets of codes.
            seed: of the folds.
        """
        self.estimator = estimator
        self.target = target
        self.native = native
        self.seed = seed

    def fit(self, X: np.ndarray, y: np.ndarray, sample_weight: np.ndarray | None = None) -> Self:
        """Fit the trees to X, (rows, features), and y, (rows,)."""
        self.n_features_in_ = X.shape[1]
        self.encoders_ = [self._encoder(y) for _ in self.target]
        pairs = zip(self.encoders_, self.target, strict=True)
        encoded = [encoder.fit_transform(X[:, [column]], y) for encoder, column in pairs]
        arguments: dict[str, Any] = {}
        if sample_weight is not None:
            arguments["sample_weight"] = sample_weight
        if self.native:
            arguments["categorical_feature"] = list(self.native)
        self.estimator_ = clone(self.estimator).fit(self._matrix(X, encoded), y, **arguments)
        if is_classifier(self.estimator):
            self.classes_ = self.estimator_.classes_
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return predictions, (rows,)."""
        return np.asarray(self.estimator_.predict(self._encoded(X)))

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        """Return probabilities, (rows, classes)."""
        return np.asarray(self.estimator_.predict_proba(self._encoded(X)))

    def encodings(self, column: int, codes: np.ndarray) -> np.ndarray:
        """Return what a target encoded column's codes become, (codes, 1 or classes)."""
        encoder = self.encoders_[self.target.index(column)]
        return np.asarray(encoder.transform(codes[:, None]))

    def _encoder(self, y: np.ndarray) -> Any:
        from sklearn.model_selection import KFold, StratifiedKFold
        from sklearn.preprocessing import TargetEncoder

        folds, kind, smallest = KFold, "continuous", len(y)
        if is_classifier(self.estimator):
            counts = np.unique(y, return_counts=True)[1]
            kind = "binary" if len(counts) == 2 else "multiclass"
            if counts.min() >= _FOLDS:
                folds = StratifiedKFold
        splitter = folds(min(_FOLDS, smallest), shuffle=True, random_state=self.seed)
        return TargetEncoder(target_type=kind, cv=splitter)

    def _encoded(self, X: np.ndarray) -> np.ndarray:
        pairs = zip(self.encoders_, self.target, strict=True)
        return self._matrix(X, [encoder.transform(X[:, [column]]) for encoder, column in pairs])

    def _matrix(self, X: np.ndarray, encoded: list[np.ndarray]) -> np.ndarray:
        """Return X with the first encoding of a column in its place, and further ones at the end.

        So constraints by the positions of features stay right.
        """
        if not encoded:
            return X
        matrix = X.copy()
        matrix[:, list(self.target)] = np.column_stack([values[:, 0] for values in encoded])
        return np.column_stack([matrix, *(values[:, 1:] for values in encoded)])
