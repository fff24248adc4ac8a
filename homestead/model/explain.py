"""What each feature contributed to a prediction, exact for the ONNX file that serves.

Trees: path-dependent TreeSHAP (Lundberg et al., "Consistent Individualized Feature Attribution for
Tree Ensembles", 2018; "From local explanations to global understanding with explainable AI for
trees", 2020, Algorithm 2), see :mod:`homestead.model.tree_shap`. Linear models: weight times distance
from the training mean, which is the same Shapley value there.

Both are exact where a model is additive: in its *score* (log price, log-odds). Into the unit of
the prediction they are carried by logarithmic means, which leave no remainder (LMDI: Ang,
"Decomposition analysis for policymaking in energy", 2004): y - y0 = L(y, y0) * (ln y - ln y0),
where ln y - ln y0 is the sum of the contributions. For a log target and for two classes that is one
factor for all contributions of a row, so that their signs and shares stay as they are in the score.
"""

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np

from homestead.model import tree_shap
from homestead.model.metadata import EXPLAIN_KEY, Reference
from homestead.model.onnx_graph import Graph, Node, read_graph
from homestead.model.onnx_model import Model
from homestead.problem.contract import METADATA_KEY, Contract

_LINKS = {"Exp": "log", "Sigmoid": "logit", "Softmax": "softmax"}
Scores = Callable[[np.ndarray], np.ndarray]


class Explainer:
    """Explains the predictions of one ONNX file; safe to use from several threads.

    Attributes:
        contract: the model's contract; its features are the order of the contributions.
        link: ``identity``, ``log``, ``logit`` or ``softmax``: what the model is additive in.
        base: (scores,) the score that nothing is known for: its mean over the training rows.
    """

    def __init__(self, graph: Graph) -> None:
        """Prepare a file that :func:`homestead.model.onnx_export.export_onnx` wrote.

        Raises:
            ValueError: it has no reference in it (a file of an older release).
        """
        if EXPLAIN_KEY not in graph.metadata:
            raise ValueError("the model holds no reference to explain from; train it anew")
        self.contract = Contract.model_validate_json(graph.metadata[METADATA_KEY])
        reference = msgspec.json.decode(graph.metadata[EXPLAIN_KEY], type=Reference)
        found = [_LINKS[n.operator] for n in graph.nodes if n.operator in _LINKS]
        self.link = found[0] if found else "identity"
        parts = [
            prepare(graph, node, reference, len(self.contract.features))
            for operator, prepare in (("TreeEnsemble", _trees), ("MatMul", _linear))
            if (node := graph.find(operator))
        ]
        if not parts:
            raise ValueError("neither trees nor a linear model")
        # Both together are trees on a linear model's residual: what is additive adds up.
        self._parts = [scores for scores, _ in parts]
        self.base = np.sum([base for _, base in parts], axis=0)

    def scores(self, X: np.ndarray) -> np.ndarray:
        """Contributions to the score, where they are exact Shapley values.

        Args:
            X: (rows, features) float64, NaN for missing.

        Returns:
            (rows, features + 1, scores), the base last. Their sum over axis 1 is the score: the
            prediction, its logarithm, the second class's log-odds (one score for two classes),
            each class's score ahead of the softmax, or each class's probability (forests).
        """
        X = np.asarray(X, dtype=np.float64)
        base = np.broadcast_to(self.base, (len(X), 1, len(self.base)))
        found = np.sum([scores(X) for scores in self._parts], axis=0)
        return np.concatenate([found, base], axis=1)

    def contributions(self, X: np.ndarray) -> np.ndarray:
        """Contributions in the unit of the prediction, to which they add up.

        Args:
            X: (rows, features) float64, NaN for missing.

        Returns:
            Regression: (rows, features + 1). Classification: to each class's probability,
            (rows, features + 1, classes). The base value is last. ``.sum(axis=1)`` is what
            :meth:`homestead.model.onnx_model.Model.predict` returns.
        """
        scores = self.scores(X)
        parts, base = scores[:, :-1], scores[:, -1:]
        found = _CARRY[self.link](parts, base)
        return found if self.contract.classes else found[..., 0]


def load_explainer(model: Model | bytes) -> Explainer:
    """The explainer of a model, or of an ONNX file's bytes; takes up to a second for large forests.

    Raises:
        ValueError: not a file of Homestead's, or one of an older release.
    """
    return Explainer(read_graph(model if isinstance(model, bytes) else model.content))


def feature_importance(model: Model, X: np.ndarray) -> dict[str, float]:
    """Mean size of each feature's contribution over rows, in the unit of the prediction.

    Args:
        X: (rows, features); about 1,000 rows are enough. Classes are summed up.
    """
    found = np.abs(load_explainer(model).contributions(X)[:, :-1]).mean(axis=0)
    sizes = found.reshape(len(found), -1).sum(axis=1)
    return dict(zip(model.contract.features, sizes.tolist(), strict=True))


def _trees(graph: Graph, node: Node, reference: Reference, features: int) -> tuple[Scores, Any]:
    paths = tree_shap.leaf_paths(node.attributes, np.array(reference.covers))
    shape = (features, int(node.attributes["n_targets"]))
    groups = tree_shap.group_leaves(paths)
    start = _added(graph, node, shape[1])

    def scores(X: np.ndarray) -> np.ndarray:
        return tree_shap.shapley_values(groups, graph.evaluate(node.inputs[0], X), shape)

    return scores, start + tree_shap.expected_score(paths, shape[1])


def _linear(graph: Graph, node: Node, reference: Reference, features: int) -> tuple[Scores, Any]:
    weights, means = graph.constants[node.inputs[1]], np.array(reference.means)
    owner = np.zeros((features, len(means)))
    owner[reference.columns, np.arange(len(means))] = 1

    def scores(X: np.ndarray) -> np.ndarray:
        distances = graph.evaluate(node.inputs[0], X) - means
        return np.stack([distances * column @ owner.T for column in weights.T], axis=2)

    return scores, _added(graph, node, weights.shape[1]) + means @ weights


def _added(graph: Graph, node: Node, size: int) -> np.ndarray:
    """What is added to a node's output, (size,)."""
    for other in graph.nodes:
        if (
            other.operator == "Add"
            and node.output in other.inputs
            and (other.inputs[1] in graph.constants)
        ):
            return graph.constants[other.inputs[1]].reshape(size)
    return np.zeros(size)


def _carry_identity(parts: np.ndarray, base: np.ndarray) -> np.ndarray:
    return np.concatenate([parts, base], axis=1)


def _carry_log(parts: np.ndarray, base: np.ndarray) -> np.ndarray:
    end = base + parts.sum(axis=1, keepdims=True)
    return np.concatenate([parts * _log_mean(end, base), np.exp(base)], axis=1)


def _carry_softmax(parts: np.ndarray, base: np.ndarray) -> np.ndarray:
    begin, end = _log_softmax(base), _log_softmax(base + parts.sum(axis=1, keepdims=True))
    sizes = _log_mean(end, begin)
    # The change of a class's log probability is that of its score less this mean of all scores'.
    common = (parts * sizes).sum(axis=2, keepdims=True) / sizes.sum(axis=2, keepdims=True)
    return np.concatenate([(parts - common) * sizes, np.exp(begin)], axis=1)


def _carry_logit(parts: np.ndarray, base: np.ndarray) -> np.ndarray:
    """The log-odds are a softmax's second score, where the first is 0."""
    padded = [np.concatenate([np.zeros_like(s), s], axis=2) for s in (parts, base)]
    return _carry_softmax(*padded)


def _log_mean(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(x - y) / (ln x - ln y), given a = ln x and b = ln y."""
    distance = np.abs(a - b)
    far = distance > 0
    shrunk = np.where(far, -np.expm1(-distance) / np.where(far, distance, 1.0), 1.0)
    return np.exp(np.maximum(a, b)) * shrunk


def _log_softmax(x: np.ndarray) -> np.ndarray:
    below = x - x.max(axis=-1, keepdims=True)
    return np.asarray(below - np.log(np.exp(below).sum(axis=-1, keepdims=True)))


_CARRY: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "identity": _carry_identity,
    "log": _carry_log,
    "logit": _carry_logit,
    "softmax": _carry_softmax,
}
