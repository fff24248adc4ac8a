"""Path-dependent TreeSHAP of a tree ensemble, computed leaf by leaf instead of recursively.

A leaf is reached if every feature on its path lies in the leaf's interval. With d features on the
path, o_k saying whether feature k lies in its interval, and z_k the share of training rows that go
the leaf's way at the splits on feature k, Algorithm 2 of Lundberg et al. (2020) gives feature j of
the leaf

    weight * (o_j - z_j) * sum over subsets S without j of |S|! (d-1-|S|)! / d! prod o prod z
        = weight * (o_j - z_j) * integral over t in [0, 1] of prod_{k != j} (o_k t + z_k (1 - t)),

since the weight of a subset is the integral of t^|S| (1-t)^(d-1-|S|). The integrand is a polynomial
of degree d-1, for which Gauss-Legendre quadrature with ceil(d/2) points is exact. All factors are
positive, so nothing cancels, and leaves with equally many features are computed together.
"""

import math
from dataclasses import dataclass

import numpy as np

from homestead.model.explanation_data import TreeArrays

# Lower bound (exclusive), upper bound (inclusive), whether a missing value lies in the interval,
# share of training rows that go this way.
_Interval = tuple[float, float, bool, float]
# The lower bound NaN: no comparison with it is true, so that minus infinity lies in the interval.
_ANY: _Interval = (math.nan, math.inf, True, 1.0)


@dataclass(frozen=True)
class LeafPath:
    """Path to one leaf.

    Attributes:
        weight: what the leaf adds to the score.
        target: index of the score.
        intervals: by feature, where its value must lie.
    """

    weight: float
    target: int
    intervals: dict[int, _Interval]


@dataclass(frozen=True)
class LeafGroup:
    """Leaves with d features on their path; Q quadrature points. Sizes: L leaves.

    Attributes:
        feature, lower, upper, missing: (d, L) the intervals.
        target: (L,) score of each leaf.
        start: (Q, L) product of all factors if no feature lies in its interval.
        gain: (d, Q, L) logarithm of the factor by which the product grows if feature k does.
        inside_factor: (d, Q, L) what the product is multiplied with for feature k in its interval.
        outside_factor: (Q,) the same for a feature outside its interval.
    """

    feature: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    missing: np.ndarray
    target: np.ndarray
    start: np.ndarray
    gain: np.ndarray
    inside_factor: np.ndarray
    outside_factor: np.ndarray


def leaf_paths(trees: TreeArrays) -> list[LeafPath]:
    """Return the path to each leaf of all trees."""
    feature, threshold = trees.feature.tolist(), trees.threshold.tolist()
    missing_left = trees.missing_left.tolist()
    left, right = trees.left.tolist(), trees.right.tolist()
    weight, target = trees.leaf_weight.tolist(), trees.leaf_target.tolist()
    leaf_cover = trees.leaf_cover.tolist()
    node_cover = [0.0] * len(feature)

    def cover(child: int) -> float:
        return leaf_cover[~child] if child < 0 else node_cover[child]

    paths: list[LeafPath] = []
    for root in trees.roots.tolist():
        for node in reversed(_inner_nodes(root, left, right)):
            node_cover[node] = cover(left[node]) + cover(right[node])
        stack: list[tuple[int, dict[int, _Interval]]] = [(root, {})]
        while stack:
            node, intervals = stack.pop()
            if node < 0:
                paths.append(LeafPath(weight[~node], target[~node], intervals))
                continue
            lower, upper, missing, share = intervals.get(feature[node], _ANY)
            go_left = (lower, min(upper, threshold[node]), missing and missing_left[node])
            go_right = (max(threshold[node], lower), upper, missing and not missing_left[node])
            total = cover(left[node]) + cover(right[node])
            for child, interval in ((left[node], go_left), (right[node], go_right)):
                reached = (*interval, share * cover(child) / total)
                stack.append((child, {**intervals, feature[node]: reached}))
    return paths


def _inner_nodes(root: int, left: list[int], right: list[int]) -> list[int]:
    """Return the inner nodes of a tree, each before its children."""
    nodes = [root]
    for node in nodes:  # grows while it is read
        nodes += [child for child in (left[node], right[node]) if child >= 0]
    return nodes


def expected_score(paths: list[LeafPath], targets: int) -> np.ndarray:
    """Return the sum of the trees' means over their training rows, (targets,)."""
    score = np.zeros(targets)
    for path in paths:
        score[path.target] += path.weight * np.prod([i[3] for i in path.intervals.values()])
    return score


def group_leaves(paths: list[LeafPath]) -> list[LeafGroup]:
    """Group leaves by the number of features on their path, and compute what rows do not change."""
    by_size: dict[int, list[LeafPath]] = {}
    for path in paths:
        by_size.setdefault(len(path.intervals), []).append(path)
    return [_group(size, group) for size, group in sorted(by_size.items())]


def _group(size: int, paths: list[LeafPath]) -> LeafGroup:
    cells = np.array([list(path.intervals.values()) for path in paths]).transpose(2, 1, 0)
    lower, upper, missing, z = (np.ascontiguousarray(part) for part in cells)
    points, shares = np.polynomial.legendre.leggauss((size + 1) // 2)
    t, omega = ((points + 1) / 2)[:, None], (shares / 2)[:, None]
    weight = np.array([path.weight for path in paths])
    reached = t + z[:, None] * (1 - t)
    return LeafGroup(
        feature=np.array([list(path.intervals) for path in paths]).T.copy(),
        lower=lower,
        upper=upper,
        missing=missing.astype(bool),
        target=np.array([path.target for path in paths]),
        start=weight * omega * np.prod(z, axis=0) * (1 - t) ** size,
        gain=np.log(reached / (z[:, None] * (1 - t))),
        inside_factor=(1 - z[:, None]) / reached,
        outside_factor=-1 / (1 - t[:, 0]),
    )


def shapley_values(groups: list[LeafGroup], X: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Return the contributions to the trees' sums.

    Args:
        groups: from :func:`group_leaves`.
        X: (rows, features), as the trees compare them.
        shape: number of features and of targets.

    Returns:
        (rows, features, targets).
    """
    values = np.zeros((len(X), shape[0] * shape[1]))
    for group in groups:
        cells = (group.feature * shape[1] + group.target).ravel()
        for i, x in enumerate(X):
            values[i] += np.bincount(cells, _leaf_values(group, x).ravel(), values.shape[1])
    return values.reshape(len(X), *shape)


def _leaf_values(group: LeafGroup, x: np.ndarray) -> np.ndarray:
    """Return what each leaf adds to each feature on its path, (d, L), for a row (features,)."""
    values = x[group.feature]
    inside = ~(values <= group.lower) & (values <= group.upper)
    inside |= np.isnan(values) & group.missing
    product = np.einsum("kl,kql->ql", inside.astype(float), group.gain)
    np.exp(product, out=product)
    product *= group.start
    inside_values = np.einsum("ql,kql->kl", product, group.inside_factor)
    return np.asarray(np.where(inside, inside_values, group.outside_factor @ product))
