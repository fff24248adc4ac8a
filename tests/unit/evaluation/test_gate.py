"""The gate: what is promoted, what is kept, and what a certificate refuses."""

import numpy as np
import pandas as pd
import pytest

from homestead.errors import UserError
from homestead.evaluation.gate import check_certificate, evaluate_candidate
from homestead.model.onnx_export import export_onnx
from homestead.model.onnx_model import Model
from homestead.problem.contract import Contract
from homestead.problem.encoding import feature_matrix
from homestead.problem.loader import parse_problem
from homestead.problem.model_metrics import score
from homestead.problem.parts import Candidate
from homestead.problem.schema import Problem
from homestead.training.search import build_estimator

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


def model(problem: Problem, holdout: pd.DataFrame, y: np.ndarray) -> Model:
    estimator = build_estimator(
        Candidate(estimator="sklearn.linear_model.Ridge"), {"alpha": 1e-6}, problem, 0
    )
    contract = Contract.of(problem)
    return Model(export_onnx(estimator.fit(feature_matrix(holdout, contract), y), contract))


def judged(winner: Model, champion: Model | None, holdout: pd.DataFrame, problem: Problem) -> dict:
    return evaluate_candidate(
        winner, champion, holdout, problem, data_hash="d", champion_version="1"
    )


def test_first_model_is_promoted_when_it_meets_the_limits(problem, holdout) -> None:
    good = model(problem, holdout, holdout.y)
    found = judged(good, None, holdout, problem)
    assert found["decision"] == "promote"
    value = found["winner"]["metrics"]["mae"]
    assert value["low"] < value["value"] < value["high"]
    expected = score("regression", holdout.y, good.predict(feature_matrix(holdout, good.contract)))
    assert value["value"] == pytest.approx(expected["mae"])


def test_a_model_beyond_a_limit_is_not_promoted(problem, holdout) -> None:
    bad = model(problem, holdout, holdout.y + 30)
    found = judged(bad, None, holdout, problem)
    assert (found["decision"], found["limits"][0]["ok"]) == ("keep", False)


def test_a_tie_keeps_the_champion(problem, holdout) -> None:
    good = model(problem, holdout, holdout.y)
    assert judged(good, good, holdout, problem)["decision"] == "keep"
    draw = np.random.default_rng(1)
    near = model(problem, holdout, holdout.y + draw.normal(0, 1e-3, len(holdout)))
    assert judged(near, good, holdout, problem)["decision"] == "keep"


def test_a_better_model_is_promoted_and_a_worse_one_is_not(problem, holdout) -> None:
    good = model(problem, holdout, holdout.y)
    weak = model(problem, holdout, 20 + 3 * holdout.a)
    promoted = judged(good, weak, holdout, problem)
    assert promoted["decision"] == "promote"
    assert promoted["comparison"]["high"] < 0
    assert judged(weak, good, holdout, problem)["decision"] == "keep"


def test_a_slice_that_gets_worse_keeps_the_champion(problem, holdout) -> None:
    weak = model(problem, holdout, 20 + 3 * holdout.a)
    left = (holdout.side == "left").to_numpy()
    uneven = model(problem, holdout, np.where(left, holdout.y + 2, holdout.y))
    found = judged(uneven, weak, holdout, problem)
    assert found["comparison"]["high"] < 0
    assert found["decision"] == "keep"
    assert "side is left" in found["reason"]


def test_a_champion_that_the_data_no_longer_fit_is_kept(problem, holdout) -> None:
    text = TEXT.replace("features: [a, b, side]", "features: [a, b, side, gone]").replace(
        "  b: {type: number}\n", "  b: {type: number}\n  gone: {type: number}\n"
    )
    older = parse_problem(text)
    frame = holdout.assign(gone=1.0)
    champion = model(older, frame, frame.y)
    found = judged(model(problem, holdout, holdout.y), champion, holdout, problem)
    assert found["decision"] == "keep"
    assert "gone" in found["reason"]


def test_a_certificate_is_for_one_model_only(problem, holdout) -> None:
    good = model(problem, holdout, holdout.y)
    found = judged(good, None, holdout, problem)
    check_certificate(found, good.digest)
    with pytest.raises(UserError, match="certificate is of model"):
        check_certificate(found, "0" * 64)
    with pytest.raises(UserError, match="says 'keep'"):
        check_certificate({**found, "decision": "keep"}, good.digest)
    with pytest.raises(UserError, match="no promotion certificate"):
        check_certificate({}, good.digest)


def test_a_slice_in_which_the_metric_has_no_value_is_left_out(problem, holdout) -> None:
    by_r2 = problem.model_copy(update={"metric": "r2"})
    same = holdout.assign(y=holdout.y.where(holdout.side == "right", 7.0))
    good, bad = model(problem, same, same.y), model(problem, same, same.y * 0 + 3)
    found = judged(good, bad, same, by_r2)
    assert found["decision"] == "promote"
    assert {part["value"] for part in found["slices"]} == {"right"}
