"""Champions of an earlier problem file: read by their own contract, or not compared."""

from copy import deepcopy
from typing import Any

import numpy as np
import pandas as pd
import pytest

from homestead.evaluation.baseline import baseline_predictions
from homestead.evaluation.certificate import Certificate
from homestead.evaluation.comparable import NotComparableError, predict_rows
from homestead.evaluation.gate import evaluate_candidate
from homestead.model.onnx_export import export_onnx
from homestead.model.onnx_model import Model
from homestead.problem.contract import Contract
from homestead.problem.encoding import feature_matrix, target_values
from homestead.problem.loader import parse_problem
from homestead.problem.model_metrics.table import metrics_of, score
from homestead.problem.schema import Problem
from homestead.training.search import train_candidate
from tests.factories import defined
from tests.problem_text import changed_flats

ROWS = 400
FLATS: dict[str, Any] = {
    "features": ["area", "district", "lift", "block"],
    "views": {},
    "derived__premium": None,
    "candidates": {"only": {"estimator": "sklearn.linear_model.Ridge"}},
    "gate": {},
    "slices": [],
}
CLASSES = {
    "task": "classification",
    "target": "kept",
    "metric": "roc_auc",
    "columns__kept": {"type": "category", "allowed": ["No", "Yes"]},
    "candidates": {"only": {"estimator": "sklearn.linear_model.LogisticRegression"}},
}


def problem(**changes: Any) -> Problem:
    return parse_problem(changed_flats(**deepcopy({**FLATS, **changes})))


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    """Return flats whose rent, and whether they are kept, follow area, district and lift."""
    draw = np.random.default_rng(0)
    area = draw.uniform(20, 90, ROWS)
    south, lift = draw.random(ROWS) < 0.4, draw.random(ROWS) < 0.5
    rent = 9 * area + 200 * south + 90 * lift + draw.normal(0, 20, ROWS)
    return pd.DataFrame(
        {
            "id": np.arange(ROWS),
            "listed": pd.Timestamp("2024-04-02"),
            "area": area,
            "noise": draw.normal(size=ROWS),
            "district": np.where(south, "south", "north"),
            "lift": pd.array(lift, dtype="boolean"),
            "rent": rent,
            "kept": np.where(rent > np.median(rent), "Yes", "No"),
            "split": np.repeat(["train", "validation", "holdout"], [150, 100, 150]),
        }
    )


def trained(rows: pd.DataFrame, by: Problem) -> Model:
    return Model(train_candidate("only", rows, by).onnx)


def certify(winner: Model, champion: Model, rows: pd.DataFrame, now: Problem) -> Certificate:
    holdout = rows[rows["split"] == "holdout"].reset_index(drop=True)
    return evaluate_candidate(
        winner,
        champion,
        holdout,
        now,
        data_hash="d",
        baseline=baseline_predictions(rows, now),
        champion_version="1",
    ).certificate


def test_classes_in_another_order_are_matched_by_name(rows: pd.DataFrame) -> None:
    first = problem(**CLASSES)
    champion = trained(rows, first)
    own = certify(trained(rows, first), champion, rows, first).winner.metrics
    now = problem(
        **CLASSES,
        columns__kept__allowed=["Yes", "No"],
        columns__noise={"type": "number"},
    ).model_copy(update={"features": ("noise",)})
    certificate = certify(trained(rows, now), champion, rows, now)
    assert certificate.champion is not None
    # Average precision is about the last class, which is now another one.
    assert certificate.champion.metrics | {"pr_auc": own["pr_auc"]} == own
    assert defined(own["roc_auc"].value) > 0.9
    assert certificate.decision == "keep"
    assert certificate.reason.startswith("not better with 95% confidence: roc_auc differs by -0.")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"columns__kept__allowed": ["No", "Yes", "Maybe"]},
            "it knows the classes No, Yes; the problem has No, Yes, Maybe",
        ),
        (
            {"columns__kept__allowed": ["No", "Renewed"]},
            "it knows the classes No, Yes; the problem has No, Renewed",
        ),
        (
            {"target": "left", "columns__left": {"type": "category", "allowed": ["No", "Yes"]}},
            "it predicts kept, the target is now left",
        ),
        (
            {
                "task": "regression",
                "target": "rent",
                "metric": "mae",
                "candidates": FLATS["candidates"],
            },
            "it is for a classification, the problem is now a regression",
        ),
    ],
)
def test_another_set_of_classes_target_or_task_is_not_compared(
    rows: pd.DataFrame, changes: dict[str, Any], reason: str
) -> None:
    champion = trained(rows, problem(**CLASSES))
    now = problem(**{**CLASSES, **changes})
    with pytest.raises(NotComparableError, match=reason):
        predict_rows(champion, rows, now)


def test_a_champion_that_cannot_be_compared_keeps_its_place(rows: pd.DataFrame) -> None:
    champion = trained(rows, problem(**CLASSES))
    changes = {"columns__kept__allowed": ["No", "Yes", "Maybe"], "metric": "log_loss"}
    now = problem(**{**CLASSES, **changes})
    rows = rows.assign(kept=rows["kept"].where(rows["noise"].abs() > 0.3, "Maybe"))
    certificate = certify(trained(rows, now), champion, rows, now)
    assert (certificate.decision, certificate.champion) == ("keep", None)
    assert certificate.reason == (
        "the champion cannot be compared: it knows the classes No, Yes; the problem has"
        " No, Yes, Maybe"
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"columns__district__allowed": ["south", "north"]},
        {"columns__district__allowed": ["west", "south", "north"]},
        {"features": ["block", "lift", "area", "district"]},
        {"derived__block": "floor(area / 20)"},
        {"target_log": True},
        {"columns__area__description": "living area", "columns__area__unit": "m2"},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_inputs_are_encoded_by_the_champions_own_contract(
    rows: pd.DataFrame, changes: dict[str, Any]
) -> None:
    first = problem()
    champion = trained(rows, first)
    expected = champion.predict(feature_matrix(rows, champion.contract))
    np.testing.assert_array_equal(predict_rows(champion, rows, problem(**changes)), expected)
    errors = score(metrics_of("regression"), target_values(rows, first), expected)
    assert defined(errors["mae"].value) < 25


@pytest.mark.parametrize(
    ("then", "changes", "reason"),
    [
        (
            {},
            {"columns__district": {"type": "integer"}},
            "it reads district as category, the type is now integer",
        ),
        (
            {},
            {"columns__lift": {"type": "category", "allowed": ["no", "yes"]}},
            "it reads lift as boolean, the type is now category",
        ),
        (
            {"columns__area__unit": "m2"},
            {"columns__area__unit": "sq ft"},
            "it reads area in m2, the unit is now sq ft",
        ),
        ({}, {"columns__rent__unit": "USD"}, "it predicts rent in EUR, the unit is now USD"),
    ],
)
def test_an_input_or_target_of_another_type_or_unit_is_not_compared(
    rows: pd.DataFrame, then: dict[str, Any], changes: dict[str, Any], reason: str
) -> None:
    champion = trained(rows, problem(**then))
    with pytest.raises(NotComparableError, match=reason):
        predict_rows(champion, rows, problem(**changes))


def test_an_input_that_is_gone_is_named(rows: pd.DataFrame) -> None:
    champion = trained(rows, problem())
    now = problem(columns__district=None, features=["area"])
    with pytest.raises(NotComparableError, match="it needs 'district', which the data no longer"):
        predict_rows(champion, rows.drop(columns="district"), now)


def test_a_column_that_the_champion_does_not_read_may_change(rows: pd.DataFrame) -> None:
    champion = trained(rows, problem(features=["area", "lift"]))
    now = problem(columns__district={"type": "integer"})
    predict_rows(champion, rows.assign(district=1), now)


def test_a_model_of_an_earlier_version_states_no_unit_of_its_target(rows: pd.DataFrame) -> None:
    first = problem()
    contract = Contract.from_problem(first).model_copy(update={"target_unit": ""})
    assert "target_unit" not in contract.model_dump_json()
    champion = _exported(rows, first, contract)
    predict_rows(champion, rows, problem(columns__rent__unit="USD"))


def _exported(rows: pd.DataFrame, by: Problem, contract: Contract) -> Model:
    from homestead.training.estimators import fit_candidate

    matrix = feature_matrix(rows, contract)
    fitted = fit_candidate("only", {}, by, matrix, target_values(rows, by), 0)
    return Model(export_onnx(fitted, contract, matrix))
