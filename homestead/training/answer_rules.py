"""What is chosen on the validation rows beside parameters: the decision rule and the interval."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from homestead.errors import UserError
from homestead.problem.answers.calibration import Calibration
from homestead.problem.answers.decision import Decision
from homestead.problem.answers.interval import (
    PredictionInterval,
    QuantileInterval,
    Scale,
    distances,
    distances_outside,
)
from homestead.problem.answers.metrics import cost_matrix
from homestead.problem.model_metrics.predictions import Predictions
from homestead.problem.schema import Problem
from homestead.training.calibration import FOLDS, cross_calibrated, fit_calibration


@dataclass(frozen=True)
class TunedAnswers:
    """What a fitted model answers for the validation rows, and the rules by which it does.

    Attributes:
        raw: what the estimator itself predicts, (rows,) or (rows, classes).
        predictions: what metrics are measured on: probabilities are calibrated by curves that were
            fitted on other rows.
    """

    raw: np.ndarray
    predictions: Predictions
    calibration: Calibration | None = None
    decision: Decision | None = None


def tune_answers(
    problem: Problem,
    y: np.ndarray,
    raw: np.ndarray,
    weights: np.ndarray | None,
    report: Callable[[str], None],
) -> TunedAnswers:
    """Return a model's answers for rows that it was not fitted on.

    Args:
        y: target values of shape (rows,), or class codes.
        raw: predictions of shape (rows,), or probabilities of shape (rows, classes).
        weights: how much each row counts in metrics, (rows,); None counts all alike.
        report: takes a line if fewer folds than usual are calibrated on.
    """
    # What is not finite is refused by the metrics.
    if problem.task == "regression" or not np.isfinite(raw).all():
        return TunedAnswers(raw, Predictions(raw))
    calibration, probabilities = None, raw
    if problem.calibration is not None:
        calibration = fit_calibration(problem, y, raw, weights)
        probabilities, folds = cross_calibrated(problem, y, raw, weights)
        if folds < FOLDS:
            report(
                f"calibration: measured on {folds} folds instead of {FOLDS}, since a class has"
                f" {np.bincount(y).min()} validation rows"
            )
    decision = choose_decision(problem, y, probabilities, weights)
    labels = None if decision is None else decision.codes(probabilities)
    return TunedAnswers(raw, Predictions(probabilities, labels), calibration, decision)


def choose_decision(
    problem: Problem, y: np.ndarray, probabilities: np.ndarray, weights: np.ndarray | None
) -> Decision | None:
    """Return the rule that the problem's costs ask for; None without costs.

    Of two classes, the threshold with the smallest cost on these rows; of several equal ones the
    nearest to the one that is right for calibrated probabilities (Elkan, 2001). Of more classes,
    the class of the smallest expected cost.

    Args:
        y: class codes of shape (rows,), of rows that the model was not fitted on.
        probabilities: (rows, classes).
        weights: how much each row counts, (rows,); None counts all alike.
    """
    if problem.costs is None:
        return None
    costs = cost_matrix(problem)
    if len(problem.classes) > 2:
        return Decision(costs=tuple(map(tuple, costs.tolist())))
    weights = np.ones(len(y)) if weights is None else weights
    order = np.argsort(probabilities[:, 1], kind="stable")
    p, y, weights = probabilities[order, 1], y[order], weights[order]
    # Rows before a position are answered negative, the others positive.
    extra = np.where(y == 1, costs[1, 0] - costs[1, 1], costs[0, 0] - costs[0, 1]) * weights
    total = np.concatenate([[0.0], np.cumsum(extra)])
    starts = np.flatnonzero(np.diff(p, prepend=-1, append=2) > 0)
    below = np.concatenate([[0.0], p])[starts]
    above = np.concatenate([p, [math.nextafter(1, 2)]])[starts]
    wrong = [costs[0, 1] - costs[0, 0], costs[1, 0] - costs[1, 1]]
    ideal = wrong[0] / sum(wrong)
    # Rows at ``above`` are answered positive, those at ``below`` are not.
    nearest = np.clip(ideal, (below + above) / 2, above)
    nearest = np.where(ideal <= below, (below + above) / 2, nearest)
    smallest = np.isclose(total[starts], total[starts].min(), rtol=1e-9, atol=1e-12)
    distance = np.where(smallest, np.abs(nearest - ideal), np.inf)
    return Decision(threshold=float(nearest[distance.argmin()]))


def conformal_interval(
    problem: Problem, y: np.ndarray, predictions: np.ndarray
) -> PredictionInterval | None:
    """Return the split conformal interval that the problem asks for; None if it asks for none.

    The half width is the k-th smallest of n distances, k = ceil((n + 1) coverage): with fewer rows
    no finite interval has the coverage.

    Args:
        y: targets of shape (rows,), of rows that the model was not fitted on.
        predictions: (rows,).

    Raises:
        UserError: too few rows, or distances that are not finite.
    """
    if problem.interval is None:
        return None
    coverage, scale = problem.interval.coverage, _scale(problem)
    half_width = _conformal_score(distances(y, predictions, scale), coverage)
    return PredictionInterval(coverage=coverage, scale=scale, half_width=half_width)


def quantile_interval(problem: Problem, y: np.ndarray, quantiles: np.ndarray) -> QuantileInterval:
    """Return conformalized bounds: the margin is ranked as the distance of a conformal interval.

    Args:
        y: targets of shape (rows,), of rows that the models were not fitted on.
        quantiles: what the models of the two quantiles predict, (rows, 2).

    Raises:
        UserError: too few rows, or distances that are not finite.
    """
    assert problem.interval is not None  # noqa: S101
    coverage, scale = problem.interval.coverage, _scale(problem)
    margin = _conformal_score(distances_outside(y, quantiles, scale), coverage)
    return QuantileInterval(coverage=coverage, scale=scale, margin=margin)


def _scale(problem: Problem) -> Scale:
    return "log" if problem.target_log else "identity"


def _conformal_score(scores: np.ndarray, coverage: float) -> float:
    scores, rows = np.sort(scores), len(scores)
    rank = conformal_rank(rows, coverage)
    if rank > rows:
        least = next(n for n in range(rows, 10**9) if conformal_rank(n, coverage) <= n)
        raise UserError(
            f"interval.coverage: found {coverage}, which needs at least {least} validation rows;"
            f" there are {rows}"
        )
    score = float(scores[rank - 1])
    if not math.isfinite(score):
        raise UserError(
            f"interval: {np.count_nonzero(~np.isfinite(scores))} of {rows} validation rows have no"
            " finite distance to their prediction"
        )
    return score


def conformal_rank(rows: int, coverage: float) -> int:
    """Return which of the sorted scores, counted from 1, covers the next one."""
    # 10 * 0.9 is 9, also where its float lies above.
    return math.ceil(round((rows + 1) * coverage, 9))
