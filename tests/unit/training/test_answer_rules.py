"""What is chosen on the validation rows: thresholds by cost, and split conformal intervals."""

import numpy as np
import pandas as pd
import pytest

from homestead.errors import UserError
from homestead.evaluation.baseline import baseline_predictions
from homestead.evaluation.gate import Evaluation, evaluate_candidate
from homestead.model.onnx_model import Model
from homestead.problem.answers.decision import Decision
from homestead.problem.answers.interval import PredictionInterval
from homestead.problem.schema import Problem
from homestead.training.answer_rules import choose_decision, conformal_interval, conformal_rank
from homestead.training.search import TrainedCandidate, train_candidate
from tests.target_problems import outcome_dataset, outcome_rows, target_problem

YES_NO = "{type: category, allowed: [no, yes]}"
COSTS = {"yes": {"no": 10}, "no": {"yes": 1}}


def intervals(coverage: float = 0.9, log: bool = False) -> Problem:
    return target_problem(
        "{type: number}",
        task="regression",
        metric="mae",
        target_log=log,
        interval={"coverage": coverage},
    )


def certified(
    problem: Problem, rows: pd.DataFrame, y: np.ndarray
) -> tuple[TrainedCandidate, Evaluation]:
    dataset = outcome_dataset(problem, rows, y)
    trained = train_candidate(next(iter(problem.candidates)), dataset, problem)
    holdout = dataset[dataset["split"] == "holdout"].reset_index(drop=True)
    baseline = baseline_predictions(dataset, problem)
    evaluation = evaluate_candidate(
        Model(trained.onnx), None, holdout, problem, data_hash="d", baseline=baseline
    )
    return trained, evaluation


@pytest.mark.parametrize(("rows", "rank"), [(9, 9), (19, 18), (8, 9), (99, 90), (100, 91)])
def test_the_rank_of_a_conformal_score(rows: int, rank: int) -> None:
    assert conformal_rank(rows, 0.9) == rank


def test_nine_scores_take_the_ninth_and_nineteen_the_eighteenth() -> None:
    problem = intervals()
    for rows, expected in ((9, 9.0), (19, 18.0)):
        y = np.random.default_rng(0).permutation(np.arange(1.0, rows + 1))
        interval = conformal_interval(problem, y, np.zeros(rows))
        assert interval is not None
        assert interval.half_width == expected


def test_too_few_scores_are_refused_and_never_clipped() -> None:
    with pytest.raises(UserError, match=r"interval.coverage: found 0.9, which needs at least 9 va"):
        conformal_interval(intervals(), np.arange(8.0), np.zeros(8))
    with pytest.raises(UserError, match="at least 99 validation rows; there are 50"):
        conformal_interval(intervals(0.99), np.arange(50.0), np.zeros(50))


def test_the_interval_of_a_log_target_is_ranked_on_its_logarithm_and_covers_in_its_own_unit() -> (
    None
):
    rows = outcome_rows(1200)
    y = np.exp(3 + rows["score"].to_numpy())
    trained, evaluation = certified(intervals(log=True), rows, y)
    interval = Model(trained.onnx).contract.interval
    assert isinstance(interval, PredictionInterval)
    assert interval.scale == "log"
    bounds = interval.bounds(evaluation.predictions.winner)
    # The same factor up and down.
    np.testing.assert_allclose(bounds.prod(axis=1), evaluation.predictions.winner**2, rtol=1e-12)
    assert (bounds[:, 0] > 0).all()
    covered = evaluation.certificate.interval
    assert covered is not None
    assert covered.asked == 0.9
    assert covered.low < 0.9 < covered.high


def test_scores_are_of_rows_that_the_model_was_not_fitted_on() -> None:
    rows = outcome_rows()
    problem = intervals().model_copy(
        update={
            "candidates": target_problem(
                "{type: number}",
                task="regression",
                metric="mae",
                candidates={
                    "forest": {
                        "estimator": "sklearn.ensemble.RandomForestRegressor",
                        "parameters": {"n_estimators": 10},
                    }
                },
            ).candidates
        }
    )
    trained, evaluation = certified(problem, rows, rows["score"].to_numpy())
    interval, covered = Model(trained.onnx).contract.interval, evaluation.certificate.interval
    assert isinstance(interval, PredictionInterval)
    assert covered is not None
    # Of rows that it was fitted on, a forest's 90th percentile is less than half of this.
    assert interval.half_width > 1.0
    assert covered.low < 0.9 < covered.high


def test_coverage_is_said_for_each_slice() -> None:
    problem = intervals().model_copy(update={"slices": ("w",)})
    rows = outcome_rows()
    _, evaluation = certified(problem, rows, rows["score"].to_numpy())
    covered = evaluation.certificate.interval
    assert covered is not None
    assert [(part.column, part.value) for part in covered.slices] == [
        ("w", "1"),
        ("w", "2"),
        ("w", "3"),
    ]
    total = sum(part.rows * part.covered for part in covered.slices)
    assert total / sum(part.rows for part in covered.slices) == pytest.approx(covered.covered)


def test_a_threshold_has_the_smallest_cost_on_validation() -> None:
    problem = target_problem(YES_NO, costs=COSTS, metric="cost")
    draw = np.random.default_rng(1)
    p = draw.uniform(size=300)
    y = (draw.uniform(size=300) < p).astype(int)
    decision = choose_decision(problem, y, np.column_stack([1 - p, p]), None)
    assert decision is not None
    assert decision.threshold is not None

    def cost(threshold: float) -> float:
        answered = p >= threshold
        return float(np.sum(10.0 * (y == 1) * ~answered + (y == 0) * answered))

    grid = [cost(threshold) for threshold in np.linspace(0, 1, 1001)]
    assert cost(decision.threshold) <= min(grid)
    assert decision.threshold < 0.2  # near 1 / 11


@pytest.mark.parametrize("always", [0, 1])
def test_one_answer_for_all_rows_may_be_the_cheapest(always: int) -> None:
    costs = {"yes": {"no": 1000 if always else 1}, "no": {"yes": 1 if always else 1000}}
    problem = target_problem(YES_NO, costs=costs, metric="cost")
    p = np.array([0.4, 0.6, 0.5, 0.45])
    y = np.array([1, 0, 1, 0])
    probabilities = np.column_stack([1 - p, p])
    decision = choose_decision(problem, y, probabilities, None)
    assert decision is not None
    assert decision.codes(probabilities).tolist() == [always] * 4


def test_several_classes_are_answered_by_expected_cost() -> None:
    target = "{type: category, allowed: [a, b, c]}"
    costs = {"a": {"b": 1, "c": 1}, "b": {"a": 1, "c": 1}, "c": {"a": 50, "b": 50}}
    problem = target_problem(target, costs=costs, metric="cost")
    p = np.array([[0.5, 0.4, 0.1], [0.6, 0.395, 0.005]])
    decision = choose_decision(problem, np.array([0, 1]), p, None)
    assert decision is not None
    assert decision.codes(p).tolist() == [2, 0]


def test_costs_decide_the_labels_of_certificate_and_confusion() -> None:
    problem = target_problem(YES_NO, costs=COSTS, metric="cost")
    rows = outcome_rows()
    trained, evaluation = certified(problem, rows, np.where(rows["score"] > 0.5, "yes", "no"))
    decision = Model(trained.onnx).contract.decision
    assert decision is not None
    predictions = evaluation.predictions
    answered = predictions.models[0].codes
    np.testing.assert_array_equal(answered, decision.codes(predictions.winner))
    expected = np.mean(
        10.0 * ((predictions.actual == 1) & (answered == 0))
        + ((predictions.actual == 0) & (answered == 1))
    )
    assert evaluation.certificate.winner.metrics["cost"].value == pytest.approx(expected)
    plain = Decision(threshold=0.5).codes(predictions.winner)
    assert (answered == 1).sum() > (plain == 1).sum()
