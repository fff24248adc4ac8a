"""Running of a trial: fits and scores on each fold, until it ends or is given up."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np

from homestead.problem.answers.metrics import problem_metric, problem_metrics
from homestead.problem.model_metrics.table import MetricValue, score
from homestead.problem.schema import Problem
from homestead.training.answer_rules import TunedAnswers, tune_answers
from homestead.training.boosting.shared_bins import shared_bins
from homestead.training.estimators import fit_candidate, predict
from homestead.training.folds import Fold, mean_values, rows_of
from homestead.training.studies.trial import Outcome

# Number of trees of boosting, by the start of the estimator's name, and its default.
_ROUNDS = {
    "sklearn.ensemble.HistGradientBoosting": ("max_iter", 100),
    "lightgbm.": ("n_estimators", 100),
}
# Part of the rounds after which a trial may be given up, and the fewest rounds to ask it of.
_FIRST_PART = 4
_MIN_ROUNDS = 40
IsHopeless = Callable[[Sequence[float]], bool]


def weights_of(weights: np.ndarray | None, rows: np.ndarray) -> np.ndarray | None:
    """Return the weights of some rows, or None if all count alike."""
    return None if weights is None else rows_of(weights, rows)


@dataclass(frozen=True)
class TrialRunner:
    """What the trials of a candidate have in common.

    Attributes:
        name: a key of ``problem.candidates``.
        X: model inputs, (rows, features).
        y: target values, (rows,), or class codes.
        folds: the newest first.
        fitting: how much each row counts in fits, (rows,); None counts all alike.
        scoring: the same in metrics.
        report: takes a line about what a fold lacks.
    """

    name: str
    problem: Problem
    X: np.ndarray
    y: np.ndarray
    folds: Sequence[Fold]
    fitting: np.ndarray | None
    scoring: np.ndarray | None
    seed: int
    report: Callable[[str], None]

    def answers(self, params: Mapping[str, Any], fold: Fold) -> TunedAnswers:
        """Return what a model fitted to a fold answers for the rows that the fold is scored on.

        Raises:
            UserError: parameters that the estimator refuses.
        """
        rows, scored = fold.fitted, fold.scored
        weights = weights_of(self.fitting, rows)
        X, y = rows_of(self.X, rows), rows_of(self.y, rows)
        bins = shared_bins()
        with nullcontext() if bins is None else bins.of_fold(id(rows), X):
            fitted = fit_candidate(self.name, params, self.problem, X, y, self.seed, weights)
        raw = predict(fitted, rows_of(self.X, scored), self.problem)
        weights = weights_of(self.scoring, scored)
        return tune_answers(self.problem, rows_of(self.y, scored), raw, weights, self.report)

    def run(self, params: Mapping[str, Any], is_hopeless: IsHopeless | None = None) -> Outcome:
        """Fit and score each fold.

        With ``is_hopeless``, boosting is fitted first to the newest fold with a quarter of its
        rounds.

        Args:
            params: the searched parameters.
            is_hopeless: whether to give up, from the losses after each step so far; None runs each
                trial to its end.

        Raises:
            UserError: parameters that the estimator refuses.
        """
        steps: list[float] = []
        measured: list[Mapping[str, MetricValue]] = []
        newest: TunedAnswers | None = None
        rounds = _rounds(self.problem, self.name, params) if is_hopeless else None
        if is_hopeless and rounds is not None:
            parameter, total = rounds
            first = total // _FIRST_PART
            fold = self.folds[0]
            values = self._score(self.answers({**params, parameter: first}, fold), fold)
            steps.append(self._loss([values]))
            if is_hopeless(steps):
                return Outcome((values,), tuple(steps), f"after {first} of {total} rounds")
        for number, fold in enumerate(self.folds, start=1):
            answers = self.answers(params, fold)
            newest = newest or answers
            measured.append(self._score(answers, fold))
            steps.append(self._loss(measured))
            if is_hopeless and number < len(self.folds) and is_hopeless(steps):
                pruned = f"after {number} of {len(self.folds)} folds"
                return Outcome(tuple(measured), tuple(steps), pruned)
        return Outcome(tuple(measured), tuple(steps), answers=newest)

    def _score(self, answers: TunedAnswers, fold: Fold) -> dict[str, MetricValue]:
        weights = weights_of(self.scoring, fold.scored)
        metrics = problem_metrics(self.problem)
        return score(metrics, rows_of(self.y, fold.scored), answers.predictions, weights)

    def _loss(self, measured: Sequence[Mapping[str, MetricValue]]) -> float:
        metric = problem_metric(self.problem)
        return float(metric.order(mean_values(measured)[metric.name].value))


def _rounds(problem: Problem, name: str, params: Mapping[str, Any]) -> tuple[str, int] | None:
    """Return the parameter of boosting's rounds and its value; None if there are few, or none."""
    candidate = problem.candidates[name]
    for start, (parameter, default) in _ROUNDS.items():
        if candidate.estimator.startswith(start):
            values = {**candidate.parameters, **params}
            rounds = values.get(parameter, default)
            # With early stopping, how many rounds there are is known at the end.
            is_fixed = not values.get("early_stopping")
            is_long = isinstance(rounds, int) and rounds >= _MIN_ROUNDS
            return (parameter, rounds) if is_fixed and is_long else None
    return None
