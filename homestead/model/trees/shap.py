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

from dataclasses import dataclass

import numpy as np

from homestead.model.trees.paths import Interval, LeafPath, Members

# In which no number lies: where a feature's categories decide.
_NOWHERE = (np.inf, -np.inf, False)


@dataclass(frozen=True)
class LeafGroup:
    """Leaves with d features on their path; Q quadrature points. Sizes: L leaves.

    Attributes:
        feature, lower, upper, missing: (d, L) the intervals.
        member: (d, L) row of ``bits`` in place of an interval; 0 for none. None if no path of the
            group splits on categories.
        bits: (sets, bytes) the members of sets of categories, one bit each: see ``Members``.
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
    member: np.ndarray | None
    bits: np.ndarray
    target: np.ndarray
    start: np.ndarray
    gain: np.ndarray
    inside_factor: np.ndarray
    outside_factor: np.ndarray


def expected_score(paths: list[LeafPath], targets: int) -> np.ndarray:
    """Return the sum of the trees' means over their training rows, (targets,)."""
    score = np.zeros(targets)
    for path in paths:
        score[path.target] += path.weight * np.prod([i.share for i in path.intervals.values()])
    return score


def group_leaves(paths: list[LeafPath]) -> list[LeafGroup]:
    """Group leaves by the number of features on their path, and compute what rows do not change."""
    by_size: dict[int, list[LeafPath]] = {}
    for path in paths:
        by_size.setdefault(len(path.intervals), []).append(path)
    return [_group(size, group) for size, group in sorted(by_size.items())]


def _group(size: int, paths: list[LeafPath]) -> LeafGroup:
    cells = [
        [i if isinstance(i, Interval) else (*_NOWHERE, i.share) for i in path.intervals.values()]
        for path in paths
    ]
    parts = np.array(cells, float).transpose(2, 1, 0)
    lower, upper, missing, z = (np.ascontiguousarray(part) for part in parts)
    member, bits = _members(paths)
    points, shares = np.polynomial.legendre.leggauss((size + 1) // 2)
    t, omega = ((points + 1) / 2)[:, None], (shares / 2)[:, None]
    weight = np.array([path.weight for path in paths])
    reached = t + z[:, None] * (1 - t)
    return LeafGroup(
        feature=np.array([list(path.intervals) for path in paths]).T.copy(),
        lower=lower,
        upper=upper,
        missing=missing.astype(bool),
        member=member,
        bits=bits,
        target=np.array([path.target for path in paths]),
        start=weight * omega * np.prod(z, axis=0) * (1 - t) ** size,
        gain=np.log(reached / (z[:, None] * (1 - t))),
        inside_factor=(1 - z[:, None]) / reached,
        outside_factor=-1 / (1 - t[:, 0]),
    )


def _members(paths: list[LeafPath]) -> tuple[np.ndarray | None, np.ndarray]:
    """Return a group's ``member`` and ``bits``."""
    rows = {0: 0}
    member = np.array(
        [
            [
                rows.setdefault(i.bits, len(rows)) if isinstance(i, Members) else 0
                for i in path.intervals.values()
            ]
            for path in paths
        ]
    ).T
    if not member.any():
        return None, np.zeros((1, 0), np.uint8)
    # Complements have all higher bits: a last byte stands for every further code.
    size = max(number.bit_length() for number in rows) // 8 + 2
    whole = (1 << 8 * size) - 1
    packed = b"".join((number & whole).to_bytes(size, "little") for number in rows)
    return member.copy(), np.frombuffer(packed, np.uint8).reshape(len(rows), size)


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
    if group.member is not None:
        size = 8 * group.bits.shape[1]
        bit = np.where(np.isnan(values), 0, np.clip(values + 1, 0, size - 1)).astype(np.int64)
        inside |= (group.bits[group.member, bit >> 3] >> (bit & 7)) & 1 == 1
    product = np.einsum("kl,kql->ql", inside.astype(float), group.gain)
    np.exp(product, out=product)
    product *= group.start
    inside_values = np.einsum("ql,kql->kl", product, group.inside_factor)
    return np.asarray(np.where(inside, inside_values, group.outside_factor @ product))
