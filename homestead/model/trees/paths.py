"""Paths from the roots of trees to their leaves, as what a row's values must be to reach a leaf."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from homestead.model.explanation_data import TreeArrays


class Interval(NamedTuple):
    """Where a number must lie.

    Attributes:
        lower, upper: lower bound (exclusive), upper bound (inclusive).
        missing: whether a missing value lies in the interval.
        share: share of training rows that go this way.
    """

    lower: float
    upper: float
    missing: bool
    share: float


class Members(NamedTuple):
    """Which categories of a feature go this way.

    Attributes:
        bits: bit 0 is set if a missing value does, bit c + 1 if code c does.
        share: share of training rows that go this way.
    """

    bits: int
    share: float


# The lower bound NaN: no comparison with it is true, so that minus infinity lies in the interval.
_ANY_VALUE = Interval(math.nan, math.inf, True, 1.0)
_ANY_MEMBER = Members(-1, 1.0)


@dataclass(frozen=True)
class LeafPath:
    """Path to one leaf.

    Attributes:
        weight: what the leaf adds to the score.
        target: index of the score.
        intervals: by feature, what its value must be.
    """

    weight: float
    target: int
    intervals: dict[int, Interval | Members]


def leaf_paths(trees: TreeArrays) -> list[LeafPath]:
    """Return the path to each leaf of all trees."""
    left, right = trees.left.tolist(), trees.right.tolist()
    weight, target = trees.leaf_weight.tolist(), trees.leaf_target.tolist()
    leaf_cover = trees.leaf_cover.tolist()
    node_cover = [0.0] * len(left)
    splits = _Splits(trees)

    def cover(child: int) -> float:
        return leaf_cover[~child] if child < 0 else node_cover[child]

    paths: list[LeafPath] = []
    for root in trees.roots.tolist():
        for node in reversed(_inner_nodes(root, left, right)):
            node_cover[node] = cover(left[node]) + cover(right[node])
        stack: list[tuple[int, dict[int, Interval | Members]]] = [(root, {})]
        while stack:
            node, intervals = stack.pop()
            if node < 0:
                paths.append(LeafPath(weight[~node], target[~node], intervals))
                continue
            feature = splits.feature[node]
            go_left, go_right = splits.divide(node, intervals.get(feature))
            total = cover(left[node]) + cover(right[node])
            for child, reached in ((left[node], go_left), (right[node], go_right)):
                share = reached.share * cover(child) / total
                stack.append((child, {**intervals, feature: reached._replace(share=share)}))
    return paths


def _inner_nodes(root: int, left: list[int], right: list[int]) -> list[int]:
    """Return the inner nodes of a tree, each before its children."""
    nodes = [root]
    for node in nodes:  # grows while it is read
        nodes += [child for child in (left[node], right[node]) if child >= 0]
    return nodes


class _Splits:
    """Splits of the inner nodes, on features rather than on encodings of their categories."""

    def __init__(self, trees: TreeArrays) -> None:
        self.feature = trees.feature.tolist()
        self._threshold = trees.threshold.tolist()
        self._missing_left = trees.missing_left.tolist()
        # By node that splits on categories, the members that go left.
        self._left_bits: dict[int, int] = {}
        for node, codes in trees.category_splits():
            members = np.zeros(int(codes.max(initial=0)) + 2, bool)
            members[0] = self._missing_left[node]
            members[codes + 1] = True
            self._left_bits[node] = _bits(members)
        tables = {
            number: (table.feature, np.roll(table.values[:, position], 1))
            for table in trees.tables
            for position, number in enumerate(table.inputs.tolist())
        }
        for node, number in enumerate(self.feature) if tables else ():
            if number in tables:
                self.feature[node], values = tables[number]
                if trees.float32_inputs:
                    values = values.astype(np.float32).astype(np.float64)
                members = values <= self._threshold[node]
                # A code that no category has is one that is missing.
                beyond = -1 << len(members) if members[0] else 0
                self._left_bits[node] = _bits(members) | beyond

    def divide(
        self, node: int, reached: Interval | Members | None
    ) -> tuple[Interval | Members, Interval | Members]:
        """Return what goes left and what goes right at a node, of what reached it."""
        bits = self._left_bits.get(node)
        if bits is not None:
            members = reached if isinstance(reached, Members) else _ANY_MEMBER
            return (
                Members(members.bits & bits, members.share),
                Members(members.bits & ~bits, members.share),
            )
        interval = reached if isinstance(reached, Interval) else _ANY_VALUE
        lower, upper, missing, share = interval
        threshold, missing_left = self._threshold[node], self._missing_left[node]
        return (
            Interval(lower, min(upper, threshold), missing and missing_left, share),
            Interval(max(threshold, lower), upper, missing and not missing_left, share),
        )


def _bits(members: np.ndarray) -> int:
    return int.from_bytes(np.packbits(members, bitorder="little").tobytes(), "little")
