"""The gate with real models: what is promoted, what is kept, and what the certificate holds."""

import numpy as np
import pandas as pd
import pytest

from homestead.errors import UserError
from homestead.evaluation.certificate import Certificate
from homestead.evaluation.gate import Evaluation, evaluate_candidate
from homestead.model.onnx_export import export_onnx
from homestead.model.onnx_model import Model
from homestead.problem.contract import Contract
from homestead.problem.encoding import feature_matrix
from homestead.problem.loader import parse_problem
from homestead.problem.model_metrics.table import metrics_of, score
from homestead.problem.schema import Problem
from homestead.problem.sections.candidate import Candidate
from homestead.training.estimators import build_estimator
from tests.factories import defined

TEXT = """
name: made
task: regression
source: made.csv
key: id
timestamp: day
target: y
columns:
  id: {type: integer}
  day: {type: timestamp}
  y: {type: number}
  a: {type: number}
  b: {type: number}
  side: {type: category, allowed: [left, right]}
views: {own: {entity: id, columns: [a, b, side]}}
features: [a, b, side]
candidates: {one: {estimator: sklearn.linear_model.Ridge}}
split: {validation_from: 2024-01-01, holdout_from: 2024-02-01}
metric: mae
gate: {limits: {mae: 5}, slice_tolerance: 0.1, min_slice_rows: 20}
slices: [side]
"""


@pytest.fixture(scope="module")
def problem() -> Problem:
    return parse_problem(TEXT)


@pytest.fixture(scope="module")
def holdout() -> pd.DataFrame:
    draw = np.random.default_rng(0)
    rows = 400
    frame = pd.DataFrame(
        {
            "id": np.arange(rows),
            "day": pd.Timestamp("2024-03-01"),
            "a": draw.normal(size=rows),
            "b": draw.normal(size=rows),
            "side": np.where(np.arange(rows) < 40, "left", "right"),
        }
    )
    return frame.assign(y=20 + 3 * frame.a + frame.b + draw.normal(0, 0.2, rows))


def model(problem: Problem, holdout: pd.DataFrame, y: "pd.Series | np.ndarray") -> Model:
    """Return a linear model that was fitted on the holdout's inputs and other targets."""
    estimator = build_estimator(
        Candidate(estimator="sklearn.linear_model.Ridge"), {"alpha": 1e-6}, problem, 0
    )
    contract = Contract.from_problem(problem)
    return Model(export_onnx(estimator.fit(feature_matrix(holdout, contract), y), contract))


def evaluate(
    winner: Model, champion: Model | None, holdout: pd.DataFrame, problem: Problem
) -> Evaluation:
    baseline = np.full(len(holdout), holdout["y"].median())
    return evaluate_candidate(
        winner, champion, holdout, problem, data_hash="d", champion_version="1", baseline=baseline
    )


def certify(
    winner: Model, champion: Model | None, holdout: pd.DataFrame, problem: Problem
) -> Certificate:
    return evaluate(winner, champion, holdout, problem).certificate


def test_the_first_model_is_promoted_when_it_meets_the_limits(
    problem: Problem, holdout: pd.DataFrame
) -> None:
    good = model(problem, holdout, holdout.y)
    certificate = certify(good, None, holdout, problem)
    assert certificate.decision == "promote"
    mae = certificate.winner.metrics["mae"]
    assert defined(mae.low) < defined(mae.value) < defined(mae.high)
    prediction = good.predict(feature_matrix(holdout, good.contract))
    assert (
        mae.value == score(metrics_of("regression"), holdout.y.to_numpy(), prediction)["mae"].value
    )
    assert next(iter(certificate.winner.metrics)) == "mae"  # the problem's metric comes first


def test_a_model_beyond_a_limit_is_not_promoted(problem: Problem, holdout: pd.DataFrame) -> None:
    certificate = certify(model(problem, holdout, holdout.y + 30), None, holdout, problem)
    assert (certificate.decision, certificate.limits[0].ok) == ("keep", False)


def test_a_tie_keeps_the_champion(problem: Problem, holdout: pd.DataFrame) -> None:
    good = model(problem, holdout, holdout.y)
    assert certify(good, good, holdout, problem).decision == "keep"
    draw = np.random.default_rng(1)
    near = model(problem, holdout, holdout.y + draw.normal(0, 1e-3, len(holdout)))
    assert certify(near, good, holdout, problem).decision == "keep"


def test_a_better_model_is_promoted_and_a_worse_one_is_not(
    problem: Problem, holdout: pd.DataFrame
) -> None:
    good = model(problem, holdout, holdout.y)
    weak = model(problem, holdout, 20 + 3 * holdout.a)
    certificate = certify(good, weak, holdout, problem)
    assert certificate.decision == "promote"
    assert certificate.comparison is not None
    assert certificate.comparison.is_better
    assert certificate.champion is not None
    assert (certificate.champion.digest, certificate.champion.version) == (weak.digest, "1")
    assert certify(weak, good, holdout, problem).decision == "keep"


def test_a_slice_that_gets_worse_keeps_the_champion(
    problem: Problem, holdout: pd.DataFrame
) -> None:
    weak = model(problem, holdout, 20 + 3 * holdout.a)
    left = (holdout.side == "left").to_numpy()
    uneven = model(problem, holdout, np.where(left, holdout.y + 2, holdout.y))
    certificate = certify(uneven, weak, holdout, problem)
    assert certificate.comparison is not None
    assert certificate.comparison.is_better
    assert certificate.decision == "keep"
    assert "side is left" in certificate.reason


def test_a_champion_that_the_data_no_longer_fit_is_kept(
    problem: Problem, holdout: pd.DataFrame
) -> None:
    text = TEXT.replace("features: [a, b, side]", "features: [a, b, side, gone]").replace(
        "  b: {type: number}\n", "  b: {type: number}\n  gone: {type: number}\n"
    )
    champion = model(parse_problem(text), holdout.assign(gone=1.0), holdout.y)
    evaluation = evaluate(model(problem, holdout, holdout.y), champion, holdout, problem)
    assert evaluation.certificate.decision == "keep"
    assert evaluation.certificate.champion is None
    assert "gone" in evaluation.certificate.reason
    assert evaluation.predictions.champion is None


def test_the_predictions_are_those_that_were_scored(
    problem: Problem, holdout: pd.DataFrame
) -> None:
    good = model(problem, holdout, holdout.y)
    weak = model(problem, holdout, 20 + 3 * holdout.a)
    evaluation = evaluate(good, weak, holdout, problem)
    predictions = evaluation.predictions
    np.testing.assert_array_equal(predictions.actual, holdout.y)
    for prediction, scored in (
        (predictions.winner, evaluation.certificate.winner),
        (predictions.champion, evaluation.certificate.champion),
    ):
        assert prediction is not None
        assert scored is not None
        values = score(metrics_of("regression"), predictions.actual, prediction)
        assert {name: measured.value for name, measured in values.items()} == {
            name: estimate.value for name, estimate in scored.metrics.items()
        }


def test_the_certificate_names_the_rows(problem: Problem, holdout: pd.DataFrame) -> None:
    good = model(problem, holdout, holdout.y)
    rows = certify(good, None, holdout, problem).holdout
    assert (rows.rows, rows.first) == (400, "2024-03-01 00:00:00")
    assert certify(good, None, holdout.copy(), problem).holdout == rows
    other = certify(good, None, holdout.assign(y=holdout.y + 1), problem).holdout
    assert other.hash != rows.hash


def test_an_empty_holdout_is_refused(problem: Problem, holdout: pd.DataFrame) -> None:
    good = model(problem, holdout, holdout.y)
    with pytest.raises(UserError, match=r"no rows in the holdout; see split\.holdout_from"):
        certify(good, None, holdout.head(0), problem)
