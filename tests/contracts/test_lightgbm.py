"""What our exporter reads of LightGBM's boosters: ``Booster.dump_model`` and its branches.

``homestead/model/trees/lightgbm_trees.py`` reads ``tree_info`` (iterations of one tree per class),
``objective``, ``num_tree_per_iteration``, ``average_output``, and of a tree's nodes
``split_feature``, ``threshold`` (a number, or codes between ``||``), ``decision_type``,
``default_left``, ``missing_type``, ``leaf_value``, ``leaf_count``.
"""

import json
import math
from typing import Any

import numpy as np
import pytest
from lightgbm import LGBMClassifier, LGBMRegressor

from homestead.problem.estimators.parameters import PARAMETERS
from homestead.training.estimators import import_estimator

TREES = "LightGBM has changed: adapt homestead/model/trees/lightgbm_trees.py"
DRAW = np.random.default_rng(0)
X = np.column_stack([DRAW.normal(size=900), DRAW.integers(0, 40, 900)])
X[::7, 0] = np.nan
X[::11, 1] = np.nan
Y = np.nan_to_num(X[:, 0]) + np.isin(X[:, 1], [1, 5, 30]) * 9.0
QUIET: dict[str, Any] = {"verbosity": -1, "n_jobs": 1, "n_estimators": 9}


def fitted(**settings: Any) -> LGBMRegressor:
    return LGBMRegressor(**{**QUIET, **settings}).fit(X, Y, categorical_feature=[1])


def test_numbers_keep_all_their_digits() -> None:
    dump = fitted().booster_.dump_model()
    text = fitted().booster_.model_to_string()
    lines = [line for line in text.splitlines() if line.startswith("leaf_value=")]
    exact = [float(v) for line in lines for v in line.removeprefix("leaf_value=").split()]
    found: list[float] = []

    def collect(node: dict[str, Any]) -> None:
        if "leaf_value" in node:
            found.append(float(str(node["leaf_value"])))
        for side in ("left_child", "right_child"):
            child = node.get(side)
            if isinstance(child, dict):
                collect(child)

    for tree in dump["tree_info"]:
        collect(tree["tree_structure"])
    assert sorted(found) == sorted(exact), TREES


def test_nodes_have_the_fields_that_are_read() -> None:
    dump = fitted().booster_.dump_model()
    text = json.dumps(dump)
    for field in ("split_feature", "decision_type", "default_left", "missing_type", "leaf_count"):
        assert f'"{field}"' in text, f"{TREES}: {field}"
    assert '"=="' in text
    assert "||" in text, f"{TREES}: sets of categories"
    assert dump["objective"] == "regression"
    assert dump["num_tree_per_iteration"] == 1


def test_a_missing_and_an_unseen_category_go_right_whatever_the_node_says() -> None:
    model = fitted(n_estimators=1, num_leaves=2)
    root = model.booster_.dump_model()["tree_info"][0]["tree_structure"]
    assert root["decision_type"] == "==", TREES
    right = root["right_child"]["leaf_value"]
    rows = np.array([[0.0, math.nan], [0.0, 39.0 + 5], [0.0, -1.0]])
    np.testing.assert_allclose(model.predict(rows), right, err_msg=TREES)


def test_the_default_objectives_are_named_as_expected() -> None:
    two, three = X[:, 0] > 0, np.digitize(np.nan_to_num(X[:, 0]), [-0.5, 0.5])
    names = [
        LGBMClassifier(**QUIET).fit(X, y).booster_.dump_model()["objective"] for y in (two, three)
    ]
    assert names == ["binary sigmoid:1", "multiclass num_class:3"], TREES


@pytest.mark.parametrize("path", [path for path in PARAMETERS if path.startswith("lightgbm.")])
def test_parameters_that_problem_files_may_set_exist(path: str) -> None:
    adapt = "LightGBM has changed: adapt homestead/problem/estimators/parameters.py"
    known = set(import_estimator(path).get_params())
    assert known <= set(PARAMETERS[path]), adapt
    core = {name: 1 for name in PARAMETERS[path] if name not in known}
    from lightgbm.basic import _ConfigAliases

    assert set(core) <= set(_ConfigAliases._get_all_param_aliases()), adapt
