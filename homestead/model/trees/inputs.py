"""The inputs of exported trees, where the estimator had encoded categories in their place."""

from collections.abc import Mapping
from typing import Any, NamedTuple, Self

import numpy as np

from homestead.model.category_trees import CategoryTrees
from homestead.model.explanation_data import CategoryTable


class TreeInputs(NamedTuple):
    """Which inputs the trees of an ONNX file have: the features, then those of tables.

    Attributes:
        numbers: by the estimator's column where it is not the feature of the same number.
        tables: encodings of categories, by code.
        levels: number of categories by feature that has them.
    """

    numbers: Mapping[int, int]
    tables: tuple[CategoryTable, ...]
    levels: Mapping[int, int]

    @classmethod
    def plain(cls, levels: Mapping[int, int]) -> Self:
        """Return the features themselves."""
        return cls({}, (), levels)

    @classmethod
    def encoded(cls, trees: CategoryTrees, levels: Mapping[int, int]) -> Self:
        """Return the inputs of fitted trees on categories."""
        features = trees.n_features_in_
        numbers: dict[int, int] = {}
        tables: list[CategoryTable] = []
        for position, feature in enumerate(trees.target):
            codes = np.append(np.arange(levels[feature], dtype=float), np.nan)
            values = trees.encodings(feature, codes)
            size = values.shape[1]
            first = features + position * size
            further = features + position * (size - 1)
            numbers[feature] = first
            numbers |= {further + i: first + 1 + i for i in range(size - 1)}
            tables.append(
                CategoryTable(
                    feature=feature,
                    inputs=np.arange(first, first + size, dtype=np.int32),
                    values=values,
                )
            )
        return cls(numbers, tuple(tables), levels)

    def number(self, column: Any) -> int:
        """Return the input of an estimator's column."""
        return self.numbers.get(int(column), int(column))
