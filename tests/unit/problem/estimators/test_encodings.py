"""How categories reach an estimator, where the candidate leaves it open."""

from typing import Any

import pytest

from homestead.problem.estimators.encodings import category_encoding
from homestead.problem.sections.candidate import Candidate

BOOSTING = "sklearn.ensemble.HistGradientBoostingRegressor"
FOREST = "sklearn.ensemble.RandomForestClassifier"
LIGHTGBM = "lightgbm.LGBMRegressor"


@pytest.mark.parametrize(
    ("estimator", "levels", "settings", "encoding"),
    [
        ("sklearn.linear_model.Ridge", 9999, {}, "one_hot"),
        (FOREST, 5, {}, "target"),
        (BOOSTING, 255, {}, "native"),
        (BOOSTING, 256, {}, "target"),
        (BOOSTING, 40, {"search": {"max_bins": [255, 32]}}, "target"),
        (LIGHTGBM, 9999, {}, "native"),
        (LIGHTGBM, 5, {"encoding": "target"}, "target"),
        (FOREST, 5, {"encoding": "ordinal"}, "ordinal"),
        # A direction needs an order.
        (FOREST, 5, {"parameters": {"monotonic_cst": {"city": 1}}}, "ordinal"),
        (LIGHTGBM, 5, {"search": {"monotone_constraints": [None, {"city": -1}]}}, "ordinal"),
        (LIGHTGBM, 5, {"parameters": {"monotone_constraints": {"area": 1}}}, "native"),
        # In files of earlier versions.
        (BOOSTING, 5, {"parameters": {"categorical_features": None}}, "ordinal"),
    ],
)
def test_what_the_estimator_does_best_is_chosen(
    estimator: str, levels: int, settings: dict[str, Any], encoding: str
) -> None:
    candidate = Candidate(estimator=estimator, **settings)
    assert category_encoding(candidate, "city", levels) == encoding
