"""Contribution of each feature to a prediction, exact for the ONNX file that serves.

Trees: path-dependent TreeSHAP (Lundberg et al., "Consistent Individualized Feature Attribution for
Tree Ensembles", 2018; "From local explanations to global understanding with explainable AI for
trees", 2020, Algorithm 2), see :mod:`homestead.model.trees.shap`. Linear models: weight times
distance from the training mean, which is the same Shapley value there.

Both are exact where a model is additive: in its *score* (log price, log-odds). Logarithmic means
carry them into the unit of the prediction without a remainder (LMDI: Ang, "Decomposition analysis
for policymaking in energy", 2004): y - y0 = L(y, y0) * (ln y - ln y0), where ln y - ln y0 is the
sum of the contributions. For a log target and for two classes this is one factor for all
contributions of a row, so that their signs and shares are those of the score.
"""

from collections.abc import Callable

import numpy as np

from homestead.model.explanation_data import (
    ExplanationData,
    LinearArrays,
    Link,
    TreeArrays,
    category_weights,
    decode_explanation,
)
from homestead.model.onnx_model import Model
from homestead.model.trees import shap
from homestead.model.trees.paths import leaf_paths
from homestead.problem.answers.calibration import Calibration
from homestead.problem.contract import Contract

_Scores = Callable[[np.ndarray], np.ndarray]
# Contributions that sum to less than this cancel each other.
_SMALLEST_CHANGE = 1e-9


class Explainer:
    """Explains the predictions of one model; safe to use from several threads.

    Attributes:
        contract: the model's contract; its features are the order of the contributions.
        link: function that turns a prediction into the score in which the model is additive.
        base: (scores,) the score if nothing is known: its mean over the training rows.
    """

    def __init__(self, contract: Contract, data: ExplanationData) -> None:
        """Prepare the model's trees and weights; takes up to a second for large forests."""
        self.contract = contract
        self.link = data.link
        features = len(contract.features)
        # A model of both is trees on a linear model's residual: their contributions add up.
        parts: list[tuple[_Scores, np.ndarray]] = []
        if data.trees is not None:
            parts.append(_tree_scores(data.trees, features))
        if data.linear is not None:
            parts.append(_linear_scores(data.linear, features))
        self._parts = [scores for scores, _ in parts]
        self.base = np.sum([base for _, base in parts], axis=0)

    def scores(self, X: np.ndarray) -> np.ndarray:
        """Return the contributions to the score, where they are exact Shapley values.

        Args:
            X: (rows, features) float64, NaN for missing.

        Returns:
            (rows, features + 1, scores), the base last. Their sum over axis 1 is the score: the
            prediction, its logarithm, the second class's log-odds (one score for two classes),
            each class's score before the softmax, or each class's probability (forests).
        """
        X = np.asarray(X, dtype=np.float64)
        base = np.broadcast_to(self.base, (len(X), 1, len(self.base)))
        contributions = np.sum([scores(X) for scores in self._parts], axis=0)
        return np.concatenate([contributions, base], axis=1)

    def contributions(self, X: np.ndarray) -> np.ndarray:
        """Return the contributions in the unit of the prediction, to which they add up.

        Args:
            X: (rows, features) float64, NaN for missing.

        Returns:
            Regression: (rows, features + 1). Classification: to each class's probability,
            (rows, features + 1, classes). The base value is last. ``.sum(axis=1)`` is what
            :meth:`homestead.model.onnx_model.Model.predict` returns.
        """
        scores = self.scores(X)
        carried = _CARRY[self.link](scores[:, :-1], scores[:, -1:])
        if self.contract.calibration is not None:
            carried = _calibrate(carried, self.contract.calibration)
        return carried if self.contract.classes else carried[..., 0]


def _calibrate(contributions: np.ndarray, calibration: Calibration) -> np.ndarray:
    """Return contributions to calibrated probabilities, (rows, features + 1, classes).

    Each keeps its share of what leads from the base value to the prediction.
    """
    before = contributions[:, -1], contributions.sum(axis=1)
    base, end = (calibration.apply(np.clip(values, 0, 1)) for values in before)
    change = before[1] - before[0]
    is_apart = np.abs(change) > _SMALLEST_CHANGE
    factor = np.where(is_apart, (end - base) / np.where(is_apart, change, 1.0), 0.0)
    parts = contributions[:, :-1] * factor[:, None]
    # What is lost where the parts cancel each other belongs to the base value.
    rest = end - parts.sum(axis=1)
    return np.concatenate([parts, rest[:, None]], axis=1)


def load_explainer(model: Model) -> Explainer:
    """Return the explainer of a model; takes up to a second for large forests.

    Raises:
        ValueError: the model's file is of an older release and has no data to explain from.
    """
    return Explainer(model.contract, decode_explanation(model.metadata))


def feature_importance(model: Model, X: np.ndarray) -> dict[str, float]:
    """Return the mean absolute contribution of each feature, in the unit of the prediction.

    Args:
        X: (rows, features); about 1,000 rows are enough. Contributions are summed over classes.
    """
    sizes = np.abs(load_explainer(model).contributions(X)[:, :-1]).mean(axis=0)
    totals = sizes.reshape(len(sizes), -1).sum(axis=1)
    return dict(zip(model.contract.features, totals.tolist(), strict=True))


def _tree_scores(trees: TreeArrays, features: int) -> tuple[_Scores, np.ndarray]:
    """Return the function of contributions, and the base score."""
    paths = leaf_paths(trees)
    groups = shap.group_leaves(paths)
    shape = (features, len(trees.start))

    def scores(X: np.ndarray) -> np.ndarray:
        if trees.float32_inputs:
            with np.errstate(over="ignore"):  # beyond float32 is infinity, as for onnxruntime
                X = X.astype(np.float32).astype(np.float64)
        return shap.shapley_values(groups, X, shape)

    return scores, trees.start + shap.expected_score(paths, shape[1])


def _linear_scores(linear: LinearArrays, features: int) -> tuple[_Scores, np.ndarray]:
    """Return the function of contributions, and the base score."""
    is_number = ~linear.is_category
    numbers = linear.feature[is_number]
    fill, center = linear.fill[is_number], linear.center[is_number]
    weight, mean = linear.weight[is_number], linear.mean[is_number]
    tables: list[tuple[int, np.ndarray]] = []
    for feature, values in category_weights(linear):
        mine = linear.is_category & (linear.feature == feature)
        tables.append((feature, values - linear.mean[mine] @ linear.weight[mine]))

    def scores(X: np.ndarray) -> np.ndarray:
        contributions = np.zeros((len(X), features, linear.weight.shape[1]))
        values = X[:, numbers]
        distances = np.where(np.isnan(values), fill, values) - center - mean
        contributions[:, numbers] = distances[:, :, None] * weight
        for feature, table in tables:
            codes, levels = X[:, feature], len(table) - 1
            rows = np.where((codes >= 0) & (codes < levels), codes, levels).astype(int)
            contributions[:, feature] = table[rows]
        return contributions

    return scores, linear.intercept + linear.mean @ linear.weight


def _carry_identity(parts: np.ndarray, base: np.ndarray) -> np.ndarray:
    return np.concatenate([parts, base], axis=1)


def _carry_log(parts: np.ndarray, base: np.ndarray) -> np.ndarray:
    end = base + parts.sum(axis=1, keepdims=True)
    return np.concatenate([parts * _log_mean(end, base), np.exp(base)], axis=1)


def _carry_softmax(parts: np.ndarray, base: np.ndarray) -> np.ndarray:
    begin, end = _log_softmax(base), _log_softmax(base + parts.sum(axis=1, keepdims=True))
    sizes = _log_mean(end, begin)
    # A class's log probability changes as its score does, less this weighted mean over the classes.
    common = (parts * sizes).sum(axis=2, keepdims=True) / sizes.sum(axis=2, keepdims=True)
    return np.concatenate([(parts - common) * sizes, np.exp(begin)], axis=1)


def _carry_logit(parts: np.ndarray, base: np.ndarray) -> np.ndarray:
    # The log-odds are the second score of a softmax whose first score is 0.
    padded = [np.concatenate([np.zeros_like(s), s], axis=2) for s in (parts, base)]
    return _carry_softmax(*padded)


def _log_mean(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return (x - y) / (ln x - ln y), given a = ln x and b = ln y."""
    distance = np.abs(a - b)
    is_apart = distance > 0
    shrunk = np.where(is_apart, -np.expm1(-distance) / np.where(is_apart, distance, 1.0), 1.0)
    return np.asarray(np.exp(np.maximum(a, b)) * shrunk)


def _log_softmax(x: np.ndarray) -> np.ndarray:
    below = x - x.max(axis=-1, keepdims=True)
    return np.asarray(below - np.log(np.exp(below).sum(axis=-1, keepdims=True)))


_CARRY: dict[Link, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "identity": _carry_identity,
    "log": _carry_log,
    "logit": _carry_logit,
    "softmax": _carry_softmax,
}
