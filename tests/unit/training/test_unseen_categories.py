"""Rare, unseen and missing categories: the exported file does what the fitted estimator does."""

import numpy as np
import pandas as pd
import pytest

from homestead.model.onnx_model import MAX_DISAGREEMENT, Model
from homestead.problem.encoding import feature_matrix
from homestead.problem.loader import parse_problem
from homestead.training.search import train_candidate
from tests.problem_text import changed_flats

ROWS = 300


def dataset() -> pd.DataFrame:
    """Return rows with ever rarer districts, of which the last ones are in validation alone."""
    draw = np.random.default_rng(0)
    number = np.minimum(draw.geometric(0.15, ROWS) - 1, 29)
    districts = pd.Series([f"d{n}" for n in number], dtype=object)
    districts[250:260] = "unseen"
    return pd.DataFrame(
        {
            "district": districts,
            "area": draw.normal(80, 10, ROWS),
            "rent": 300 + 3.0 * number + draw.normal(size=ROWS),
            "split": ["train"] * 200 + ["validation"] * 100,
        }
    )


@pytest.mark.parametrize("unseen", ["other", "missing"])
@pytest.mark.parametrize(
    "estimator",
    [
        "sklearn.linear_model.Ridge",
        "sklearn.ensemble.RandomForestRegressor",
        "sklearn.ensemble.HistGradientBoostingRegressor",
        "lightgbm.LGBMRegressor",
    ],
)
def test_the_file_agrees_on_values_that_no_fit_has_seen(estimator: str, unseen: str) -> None:
    parameters = {"alpha": 1.0} if "Ridge" in estimator else {}
    problem = parse_problem(
        changed_flats(
            columns__district={"type": "category", "unseen": unseen},
            features=["area", "district"],
            candidates={"only": {"estimator": estimator, "parameters": parameters}},
            views={},
            derived__premium=None,
            slices=["district"],
        )
    )
    rows = dataset()
    trained = train_candidate("only", rows, problem)
    # Measured on all rows, those with unseen values too.
    assert trained.disagreement < MAX_DISAGREEMENT
    model = Model(trained.onnx)
    predictions = model.predict(feature_matrix(rows, model.contract))
    by_row = [
        model.predict(feature_matrix(rows[i : i + 1], model.contract))[0] for i in range(250, 260)
    ]
    np.testing.assert_array_equal(predictions[250:260], by_row)
