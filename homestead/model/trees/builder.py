"""Assembly of an ensemble's trees into :class:`TreeArrays`."""

from collections.abc import Mapping

import numpy as np

from homestead.model.explanation_data import CategoryTable, TreeArrays


class EnsembleBuilder:
    """Trees as they are added; children are numbered as in :class:`TreeArrays`."""

    def __init__(self) -> None:
        self._feature: list[int] = []
        self._threshold: list[float] = []
        self._missing_left: list[int] = []
        self._left: list[int] = []
        self._right: list[int] = []
        self._roots: list[int] = []
        self._leaf_weight: list[float] = []
        self._leaf_target: list[int] = []
        self._leaf_cover: list[float] = []
        self._category_set: list[int] = []
        self._sets: dict[tuple[int, ...], int] = {}

    def add_tree(
        self,
        *,
        feature: np.ndarray,
        threshold: np.ndarray,
        left: np.ndarray,
        right: np.ndarray,
        missing_left: np.ndarray,
        is_leaf: np.ndarray,
        value: np.ndarray,
        cover: np.ndarray,
        target: int,
        category_sets: Mapping[int, tuple[int, ...]] | None = None,
    ) -> None:
        """Add a tree whose node 0 is the root; arrays have shape (nodes,).

        Args:
            category_sets: by node that splits on a set of categories, the codes that go left, in
                ascending order.
        """
        inner = np.flatnonzero(~is_leaf)
        first = len(self._feature)
        self._roots.append(first)
        if not len(inner):
            # The operator's roots are inner nodes: a tree of one leaf gets it on both sides of one.
            only_leaf = self._add_leaf(value[0], target, cover[0])
            self._add_node(0, 0.0, 0, only_leaf, only_leaf)
            return
        number = {int(node): first + i for i, node in enumerate(inner)}
        for node in np.flatnonzero(is_leaf):
            number[int(node)] = self._add_leaf(value[node], target, cover[node])
        for node in inner:
            self._add_node(
                int(feature[node]),
                float(threshold[node]),
                int(missing_left[node]),
                number[int(left[node])],
                number[int(right[node])],
                (category_sets or {}).get(int(node)),
            )

    def arrays(
        self, start: np.ndarray, float32_inputs: bool, tables: tuple[CategoryTable, ...] = ()
    ) -> TreeArrays:
        """Return the trees that were added.

        Args:
            tables: the inputs that trees have in place of target encoded categories.
        """
        codes = [code for members in self._sets for code in members]
        return TreeArrays(
            feature=np.array(self._feature, np.int32),
            threshold=np.array(self._threshold, np.float64),
            missing_left=np.array(self._missing_left, np.bool_),
            left=np.array(self._left, np.int32),
            right=np.array(self._right, np.int32),
            roots=np.array(self._roots, np.int32),
            leaf_weight=np.array(self._leaf_weight, np.float64),
            leaf_target=np.array(self._leaf_target, np.int32),
            leaf_cover=np.array(self._leaf_cover, np.float64),
            start=start,
            float32_inputs=float32_inputs,
            category_set=np.array(self._category_set, np.int32) if self._sets else None,
            set_sizes=np.array([len(s) for s in self._sets], np.int32) if self._sets else None,
            set_codes=np.array(codes, np.int32) if self._sets else None,
            tables=tables,
        )

    def _add_leaf(self, weight: float, target: int, cover: float) -> int:
        self._leaf_weight.append(float(weight))
        self._leaf_target.append(target)
        self._leaf_cover.append(float(cover))
        return ~(len(self._leaf_weight) - 1)

    def _add_node(
        self,
        feature: int,
        threshold: float,
        missing_left: int,
        left: int,
        right: int,
        categories: tuple[int, ...] | None = None,
    ) -> None:
        self._feature.append(feature)
        self._threshold.append(threshold)
        self._missing_left.append(missing_left)
        self._left.append(left)
        self._right.append(right)
        number = -1 if categories is None else self._sets.setdefault(categories, len(self._sets))
        self._category_set.append(number)
