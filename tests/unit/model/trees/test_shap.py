"""TreeSHAP of one tree that can be calculated by hand: intervals, shares, contributions."""

import numpy as np
import pytest

from homestead.model.explanation_data import TreeArrays
from homestead.model.trees.paths import leaf_paths
from homestead.model.trees.shap import expected_score, group_leaves, shapley_values

# x0 <= 1 (missing: left): x1 <= 5 (missing: right): leaf 10 (1 row), else leaf 20 (3 rows);
# else leaf 40 (4 rows).
TREES = TreeArrays(
    feature=np.array([0, 1], np.int32),
    threshold=np.array([1.0, 5.0]),
    missing_left=np.array([True, False]),
    left=np.array([1, -1], np.int32),
    right=np.array([-3, -2], np.int32),
    roots=np.array([0], np.int32),
    leaf_weight=np.array([10.0, 20.0, 40.0]),
    leaf_target=np.zeros(3, np.int32),
    leaf_cover=np.array([1.0, 3.0, 4.0]),
    start=np.zeros(1),
    float32_inputs=False,
)
MEAN = (1 * 10 + 3 * 20 + 4 * 40) / 8
MEAN_LEFT = (1 * 10 + 3 * 20) / 4


def test_paths_hold_an_interval_and_a_share_of_rows_per_feature() -> None:
    paths = {path.weight: path.intervals for path in leaf_paths(TREES)}
    assert paths[40.0] == {0: (1.0, np.inf, False, 0.5)}
    lower, *rest = paths[10.0][0]
    assert np.isnan(lower)
    assert rest == [1.0, True, 0.5]
    assert paths[10.0][1][1:] == (5.0, False, 0.25)
    assert paths[20.0][1] == (5.0, np.inf, True, 0.75)


def test_two_splits_on_one_feature_are_one_interval() -> None:
    same_feature = np.zeros(2, np.int32)
    trees = TreeArrays(
        feature=same_feature,
        threshold=np.array([5.0, 1.0]),
        missing_left=np.array([True, False]),
        left=np.array([1, -1], np.int32),
        right=np.array([-3, -2], np.int32),
        roots=TREES.roots,
        leaf_weight=TREES.leaf_weight,
        leaf_target=TREES.leaf_target,
        leaf_cover=TREES.leaf_cover,
        start=TREES.start,
        float32_inputs=False,
    )
    paths = {path.weight: path.intervals for path in leaf_paths(trees)}
    assert paths[20.0] == {0: (1.0, 5.0, True, 0.375)}


def test_the_expected_score_is_the_mean_over_the_training_rows() -> None:
    assert expected_score(leaf_paths(TREES), 1).tolist() == [MEAN]


@pytest.mark.parametrize(
    ("row", "leaf", "knowing_x1"),
    [
        # If only x1 is known, x0 goes left for half of the training rows.
        ([0.0, 4.0], 10.0, (10 + 40) / 2),
        ([np.nan, np.nan], 20.0, (20 + 40) / 2),
        ([-np.inf, 6.0], 20.0, (20 + 40) / 2),
        ([2.0, 4.0], 40.0, (10 + 40) / 2),
    ],
)
def test_contributions_are_means_over_the_orders_of_features(
    row: list[float], leaf: float, knowing_x1: float
) -> None:
    knowing_x0 = 40.0 if row[0] > 1 else MEAN_LEFT
    x0 = ((knowing_x0 - MEAN) + (leaf - knowing_x1)) / 2
    x1 = ((knowing_x1 - MEAN) + (leaf - knowing_x0)) / 2
    values = shapley_values(group_leaves(leaf_paths(TREES)), np.array([row]), (2, 1))
    np.testing.assert_allclose(values[0, :, 0], [x0, x1], rtol=1e-12)
