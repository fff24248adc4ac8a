"""Paths to leaves: sets of categories, and encodings of them, as members of a feature."""

import numpy as np

from homestead.model.explanation_data import CategoryTable, TreeArrays
from homestead.model.trees.paths import Members, leaf_paths

# x1 in {0, 2} or missing: leaf 10 (1 row); else x1 in {1}: leaf 20 (3 rows), else leaf 40 (4 rows).
SETS = TreeArrays(
    feature=np.array([1, 1], np.int32),
    threshold=np.zeros(2),
    missing_left=np.array([True, False]),
    left=np.array([~0, ~1], np.int32),
    right=np.array([1, ~2], np.int32),
    roots=np.array([0], np.int32),
    leaf_weight=np.array([10.0, 20.0, 40.0]),
    leaf_target=np.zeros(3, np.int32),
    leaf_cover=np.array([1.0, 3.0, 4.0]),
    start=np.zeros(1),
    float32_inputs=False,
    category_set=np.array([0, 1], np.int32),
    set_sizes=np.array([2, 1], np.int32),
    set_codes=np.array([0, 2, 1], np.int32),
)


def has(members: object, code: int | None) -> bool:
    assert isinstance(members, Members)
    return bool(members.bits >> (0 if code is None else code + 1) & 1)


def test_sets_on_a_path_are_intersected() -> None:
    paths = {path.weight: path.intervals[1] for path in leaf_paths(SETS)}
    reached = {
        weight: [code for code in (None, 0, 1, 2, 3, 999) if has(members, code)]
        for weight, members in paths.items()
    }
    assert reached == {10.0: [None, 0, 2], 20.0: [1], 40.0: [3, 999]}
    assert [paths[weight].share for weight in (10.0, 20.0, 40.0)] == [1 / 8, 3 / 8, 4 / 8]


def test_a_split_on_an_encoding_is_one_on_the_categories_that_it_sends_left() -> None:
    table = CategoryTable(
        feature=1, inputs=np.array([2], np.int32), values=np.array([[0.5], [7.0], [1.0], [3.0]])
    )
    trees = TreeArrays(
        feature=np.array([2], np.int32),
        threshold=np.array([1.0]),
        missing_left=np.array([True]),
        left=np.array([~0], np.int32),
        right=np.array([~1], np.int32),
        roots=np.array([0], np.int32),
        leaf_weight=np.array([10.0, 20.0]),
        leaf_target=np.zeros(2, np.int32),
        leaf_cover=np.array([1.0, 1.0]),
        start=np.zeros(1),
        float32_inputs=False,
        tables=(table,),
    )
    paths = {path.weight: path.intervals[1] for path in leaf_paths(trees)}
    assert [code for code in (None, 0, 1, 2) if has(paths[10.0], code)] == [0, 2]
    assert [code for code in (None, 0, 1, 2) if has(paths[20.0], code)] == [None, 1]
