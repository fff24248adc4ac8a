"""Assembly of trees: sets of categories are stored once, and only where there are any."""

import numpy as np

from homestead.model.explanation_data import TreeArrays
from homestead.model.trees.builder import EnsembleBuilder


def built(sets: dict[int, tuple[int, ...]] | None) -> TreeArrays:
    """Return two equal trees of a root, numbered 0, and two leaves."""
    builder = EnsembleBuilder()
    for _ in range(2):
        builder.add_tree(
            feature=np.array([3, 0, 0]),
            threshold=np.array([1.5, 0, 0]),
            left=np.array([1, -1, -1]),
            right=np.array([2, -1, -1]),
            missing_left=np.array([True, False, False]),
            is_leaf=np.array([False, True, True]),
            value=np.array([0.0, 10, 20]),
            cover=np.array([8.0, 5, 3]),
            target=0,
            category_sets=sets,
        )
    return builder.arrays(np.zeros(1), float32_inputs=False)


def test_leaves_and_nodes_are_numbered_over_all_trees() -> None:
    trees = built(None)
    assert trees.roots.tolist() == [0, 1]
    assert trees.left.tolist() == [~0, ~2]
    assert trees.right.tolist() == [~1, ~3]
    assert trees.leaf_weight.tolist() == [10, 20, 10, 20]
    assert trees.leaf_cover.tolist() == [5, 3, 5, 3]
    assert trees.category_set is None
    assert list(trees.category_splits()) == []


def test_equal_sets_are_stored_once() -> None:
    trees = built({0: (2, 5, 300)})
    assert trees.set_codes is not None
    assert trees.set_codes.tolist() == [2, 5, 300]
    splits = [(node, codes.tolist()) for node, codes in trees.category_splits()]
    assert splits == [(0, [2, 5, 300]), (1, [2, 5, 300])]
