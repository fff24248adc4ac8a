"""The gate: score winner and champion on the same holdout, and issue the certificate."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from homestead.errors import UserError
from homestead.evaluation.certificate import Certificate, IntervalCoverage, ScoredModel
from homestead.evaluation.comparable import NotComparableError, answered_codes, predict_rows
from homestead.evaluation.interval_coverage import interval_coverage
from homestead.evaluation.promotion_rule import check_limits, decide
from homestead.evaluation.scoring import compare_scores, describe_holdout, score_models
from homestead.evaluation.slices import score_slices
from homestead.model.onnx_model import Model
from homestead.problem.answers.metrics import cost_matrix
from homestead.problem.answers.row_weights import scoring_weights
from homestead.problem.encoding import feature_matrix, target_values
from homestead.problem.model_metrics.predictions import Predictions
from homestead.problem.schema import Problem


@dataclass(frozen=True)
class HoldoutPredictions:
    """What both models predict for the holdout.

    Attributes:
        actual: target values of shape (rows,), or class codes.
        winner: shape (rows,), or probabilities of shape (rows, classes).
        champion: as ``winner``; None if there is no champion that can be scored.
        winner_labels, champion_labels: class codes of shape (rows,) that the models' decision
            rules choose; None for the most probable classes.
    """

    actual: np.ndarray
    winner: np.ndarray
    champion: np.ndarray | None
    winner_labels: np.ndarray | None = None
    champion_labels: np.ndarray | None = None

    @property
    def models(self) -> list[Predictions]:
        """The answers of the winner and, if there is one, of the champion."""
        models = [Predictions(self.winner, self.winner_labels)]
        if self.champion is not None:
            models.append(Predictions(self.champion, self.champion_labels))
        return models


@dataclass(frozen=True)
class Evaluation:
    """The certificate, and the predictions that it rests on."""

    certificate: Certificate
    predictions: HoldoutPredictions


def evaluate_candidate(
    winner: Model,
    champion: Model | None,
    holdout: pd.DataFrame,
    problem: Problem,
    *,
    data_hash: str,
    baseline: np.ndarray,
    commit: str = "",
    champion_version: str | None = None,
    seed: int = 0,
) -> Evaluation:
    """Score both models on the holdout, now, and decide (see :func:`.promotion_rule.decide`).

    Args:
        holdout: the training set's rows in the holdout.
        data_hash: SHA-256 of the source table, in hex.
        baseline: the baseline's predictions, as a model's.
        seed: of the bootstrap.

    Raises:
        UserError: the holdout has no rows.
    """
    if holdout.empty:
        raise UserError("split: no rows in the holdout; see split.holdout_from")
    predictions, champion_error = _predict_holdout(winner, champion, holdout, problem)
    y = predictions.actual
    models, weights = predictions.models, scoring_weights(holdout, problem)
    answers = [*models, Predictions(baseline, _baseline_labels(problem, baseline))]
    *scores, baseline_score = score_models(problem, y, answers, seed, weights)
    baseline_comparison = compare_scores(problem, scores[0], baseline_score)
    scored_winner = ScoredModel(digest=winner.digest, metrics=dict(scores[0].estimates))
    scored_champion = comparison = None
    if champion is not None and predictions.champion is not None:
        scored_champion = ScoredModel(
            digest=champion.digest, version=champion_version, metrics=dict(scores[1].estimates)
        )
        comparison = compare_scores(problem, *scores)
    slices = score_slices(problem, holdout, y, models, weights)
    limits = check_limits(problem, scores[0].estimates)
    decision, reason = decide(
        problem,
        rows=len(holdout),
        winner=scored_winner,
        champion=scored_champion,
        comparison=comparison,
        baseline_comparison=baseline_comparison,
        limits=limits,
        slices=slices,
        champion_error=champion_error,
    )
    certificate = Certificate(
        problem=problem.name,
        decision=decision,
        reason=reason,
        winner=scored_winner,
        champion=scored_champion,
        baseline={name: e.value for name, e in baseline_score.estimates.items()},
        baseline_comparison=baseline_comparison,
        holdout=describe_holdout(holdout, problem),
        data_hash=data_hash,
        commit=commit,
        comparison=comparison,
        slices=slices,
        limits=limits,
        interval=_interval_coverage(winner, holdout, predictions, problem),
    )
    return Evaluation(certificate, predictions)


def _predict_holdout(
    winner: Model, champion: Model | None, holdout: pd.DataFrame, problem: Problem
) -> tuple[HoldoutPredictions, str]:
    """Return the predictions, and why the champion has none (empty if it has, or there is none)."""
    by_winner = predict_rows(winner, holdout, problem)
    by_champion, champion_error = None, ""
    if champion is not None and champion.digest == winner.digest:
        by_champion = by_winner
    elif champion is not None:
        try:
            by_champion = predict_rows(champion, holdout, problem)
        except NotComparableError as difference:
            champion_error = f"the champion cannot be compared: {difference}"
    actual = target_values(holdout, problem)
    labels = [
        None if values is None or model is None else answered_codes(model, values, problem)
        for model, values in ((winner, by_winner), (champion, by_champion))
    ]
    return HoldoutPredictions(actual, by_winner, by_champion, *labels), champion_error


def _interval_coverage(
    winner: Model, holdout: pd.DataFrame, predictions: HoldoutPredictions, problem: Problem
) -> IntervalCoverage | None:
    interval = winner.contract.interval
    if interval is None or not np.isfinite(predictions.winner).all():
        return None
    X = feature_matrix(holdout, winner.contract)
    bounds = winner.bounds(X, predictions.winner)
    return interval_coverage(interval.coverage, bounds, holdout, predictions.actual, problem)


def _baseline_labels(problem: Problem, baseline: np.ndarray) -> np.ndarray | None:
    """Return the baseline's answers of the smallest expected cost, (rows,)."""
    if problem.costs is None:
        return None
    return np.asarray((baseline @ cost_matrix(problem)).argmin(axis=1))
