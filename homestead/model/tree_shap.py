"""Path-dependent TreeSHAP of an ai.onnx.ml ``TreeEnsemble``, by leaves instead of recursion.

A leaf is reached if every feature on its path falls into its interval there. With d features on the
path, o_k saying whether feature k does, and z_k the share of training rows that go the leaf's way
at feature k's splits, Algorithm 2 of Lundberg et al. (2020) gives feature j of the leaf

    weight * (o_j - z_j) * sum over subsets S without j of |S|! (d-1-|S|)! / d! prod o prod z
        = weight * (o_j - z_j) * integral over t in [0, 1] of prod_{k != j} (o_k t + z_k (1 - t)),

since the weight of a subset is the integral of t^|S| (1-t)^(d-1-|S|). The integrand is a polynomial
of degree d-1, for which Gauss-Legendre with ceil(d/2) points is exact. All factors are positive, so
nothing cancels, and leaves with equally many features are computed together.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

_Interval = tuple[float, float, bool, float]  # above, at most, missing goes there, share of rows
# Nothing is at most NaN, so that everything is above it, minus infinity too.
_ANY: _Interval = (math.nan, math.inf, True, 1.0)


@dataclass(frozen=True)
class LeafPath:
    """The way to one leaf: its weight, the score it counts for, and an interval per feature."""

    weight: float
    target: int
    intervals: dict[int, _Interval]


@dataclass(frozen=True)
class LeafGroup:
    """Leaves with d features on their path; Q points. Sizes: L leaves.

    Attributes:
        feature, above, most, missing: (d, L) the intervals.
        target: (L,) score of each leaf.
        start: (Q, L) the product of all factors where no feature falls into its interval.
        gain: (d, Q, L) logarithm of the factor by which it grows where feature k does.
        hit, miss: (d, Q, L) and (Q,) what the product is multiplied with for feature k.
    """

    feature: np.ndarray
    above: np.ndarray
    most: np.ndarray
    missing: np.ndarray
    target: np.ndarray
    start: np.ndarray
    gain: np.ndarray
    hit: np.ndarray
    miss: np.ndarray


def leaf_paths(attributes: dict[str, Any], covers: np.ndarray) -> list[LeafPath]:
    """Every leaf's path.

    Args:
        attributes: the operator's.
        covers: (leaves,) training rows in each leaf.
    """
    feature = attributes["nodes_featureids"].tolist()
    threshold = attributes["nodes_splits"].tolist()
    nan_left = attributes["nodes_missing_value_tracks_true"].tolist()
    sides = [
        list(zip(attributes[f"nodes_{side}leafs"], attributes[f"nodes_{side}nodeids"], strict=True))
        for side in ("true", "false")
    ]
    weights, targets = attributes["leaf_weights"].tolist(), attributes["leaf_targetids"].tolist()
    paths: list[LeafPath] = []
    rows = [0.0] * len(feature)
    for root in attributes["tree_roots"].tolist():
        _count(root, sides, covers, rows)
        stack: list[tuple[bool, int, dict[int, _Interval]]] = [(False, root, {})]
        while stack:
            is_leaf, at, way = stack.pop()
            if is_leaf:
                paths.append(LeafPath(weights[at], targets[at], way))
                continue
            one = feature[at]
            above, most, missing, share = way.get(one, _ANY)
            left = (above, min(most, threshold[at]), missing and bool(nan_left[at]))
            right = (max(threshold[at], above), most, missing and not nan_left[at])
            below = [rows[n] if not leaf else covers[n] for leaf, n in (s[at] for s in sides)]
            for side, interval, part in zip(sides, (left, right), below, strict=True):
                leaf, child = side[at]
                part_of = float(share * part / (below[0] + below[1]))
                stack.append((bool(leaf), int(child), {**way, one: (*interval, part_of)}))
    return paths


def _count(root: int, sides: list[list[Any]], covers: np.ndarray, rows: list[float]) -> None:
    """Fill in the training rows of the inner nodes of a tree."""
    order, at = [root], 0
    while at < len(order):
        order += [int(n) for leaf, n in (s[order[at]] for s in sides) if not leaf]
        at += 1
    for node in reversed(order):
        rows[node] = sum(covers[n] if leaf else rows[n] for leaf, n in (s[node] for s in sides))


def expected_score(paths: list[LeafPath], targets: int) -> np.ndarray:
    """The sum of all trees' means over their training rows, (targets,)."""
    found = np.zeros(targets)
    for path in paths:
        found[path.target] += path.weight * np.prod([w[3] for w in path.intervals.values()])
    return found


def group_leaves(paths: list[LeafPath]) -> list[LeafGroup]:
    """What can be computed ahead of the rows."""
    by_size: dict[int, list[LeafPath]] = {}
    for path in paths:
        by_size.setdefault(len(path.intervals), []).append(path)
    return [_group(size, group) for size, group in sorted(by_size.items())]


def _group(size: int, paths: list[LeafPath]) -> LeafGroup:
    cells = np.array([list(path.intervals.values()) for path in paths]).transpose(2, 1, 0)
    above, most, missing, z = (np.ascontiguousarray(part) for part in cells)
    points, shares = np.polynomial.legendre.leggauss((size + 1) // 2)
    t, omega = ((points + 1) / 2)[:, None], (shares / 2)[:, None]
    weight = np.array([path.weight for path in paths])
    reached = t + z[:, None] * (1 - t)
    return LeafGroup(
        np.array([list(path.intervals) for path in paths]).T.copy(),
        above,
        most,
        missing.astype(bool),
        np.array([path.target for path in paths]),
        weight * omega * np.prod(z, axis=0) * (1 - t) ** size,
        np.log(reached / (z[:, None] * (1 - t))),
        (1 - z[:, None]) / reached,
        -1 / (1 - t[:, 0]),
    )


def shapley_values(groups: list[LeafGroup], X: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Contributions to the sums over trees.

    Args:
        X: (rows, features), as the operator gets them.
        shape: features and targets.

    Returns:
        (rows, features, targets).
    """
    found = np.zeros((len(X), shape[0] * shape[1]))
    for group in groups:
        places = (group.feature * shape[1] + group.target).ravel()
        for i, x in enumerate(X):
            values = _values(group, x).ravel()
            found[i] += np.bincount(places, values, minlength=found.shape[1])
    return found.reshape(len(X), *shape)


def _values(group: LeafGroup, x: np.ndarray) -> np.ndarray:
    """(d, L): what each leaf adds to each feature of its path, for a row (features,)."""
    values = x[group.feature]
    inside = ~(values <= group.above) & (values <= group.most)
    inside |= np.isnan(values) & group.missing
    product = np.einsum("kl,kql->ql", inside.astype(float), group.gain)
    np.exp(product, out=product)
    product *= group.start
    return np.where(inside, np.einsum("ql,kql->kl", product, group.hit), group.miss @ product)
