"""Losses of both models on labelled pairs, and the distance of their predictions.

| metric of the problem | loss of a row |
|---|---|
| `mape` | error relative to the target; rows with a target of 0 are left out |
| `mae` | absolute error |
| `rmse`, `r2` | squared error; limits and figures are of the root of its mean |
| `quantile_loss` | pinball loss |
| `cost` | cost of the answered class |
| `log_loss`, `roc_auc`, `pr_auc` of two classes | squared error of the probability (Brier, 1950) |
| any other of a classification | 1 for a wrong class |

Errors of a regression have no bound, but betting needs one. The first 50 labelled pairs set it and
do not count as evidence: a difference counts at most 6 times their mean difference (or the
champion's mean loss if that is more), the champion's loss at most 10 times its mean. What is judged
is therefore the mean of differences so clipped. Of two models that are equally likely to be the
better one on a row, by any amount, that mean is 0 as well. A challenger whose whole fault is one
enormous error in thousands of rows is not found by it; answers out of range are failures.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from homestead.problem.schema import Problem
from homestead.release.analysis.betting import BoundedDifferences
from homestead.release.analysis.observations import known_quantiles
from homestead.release.evidence import PairedPrediction

_SCALE_PAIRS = 50
_DIFFERENCE_SCALES = 6.0
_LOSS_SCALES = 10.0
# Pairs before the first that is compared with the usual size of a prediction.
_USUAL_PAIRS = 20
_OF_PROBABILITIES = ("log_loss", "roc_auc", "pr_auc")


@dataclass(frozen=True)
class LossBounds:
    """The most that a difference of losses and a loss of the champion count."""

    difference: float
    loss: float

    @classmethod
    def of(cls, champion: np.ndarray, challenger: np.ndarray) -> Self:
        """Take the bounds from the losses of the pairs seen first."""
        with np.errstate(over="ignore", invalid="ignore"):
            differences = np.abs(challenger - champion)
        differences = differences[np.isfinite(differences)]
        mean = float(champion[np.isfinite(champion)].mean())
        typical = float(differences.mean()) if len(differences) else 0.0
        return cls(max(_DIFFERENCE_SCALES * typical, mean), _LOSS_SCALES * mean)

    def differences(self, champion: np.ndarray, challenger: np.ndarray) -> BoundedDifferences:
        """Return the clipped differences, by the relative excess of the challenger's mean loss.

        A loss that is not finite counts as the largest.
        """
        worst = self.loss + self.difference
        old, new = (
            np.nan_to_num(losses, nan=worst, posinf=worst) for losses in (champion, challenger)
        )
        return BoundedDifferences(
            np.clip(new - old, -self.difference, self.difference),
            bounds=(-self.difference, self.difference),
            parameters=(-1, 10),
            base=np.minimum(old, self.loss),
            largest_base=self.loss,
        )


@dataclass(frozen=True)
class LabelledPairs:
    """Losses of the labelled pairs that count, and the rows that they are of.

    Attributes:
        mean_loss: what the mean of the losses is called; of squares, its root.
        power: 2 for losses that are squared errors of a target, else 1.
    """

    differences: BoundedDifferences
    pairs: tuple[PairedPrediction, ...]
    mean_loss: str
    power: float


def labelled_pairs(pairs: Sequence[PairedPrediction], problem: Problem) -> LabelledPairs:
    """Return the differences of losses of labelled pairs, in the order given.

    Of a regression, the pairs that set the bounds are left out.

    Args:
        pairs: with truth; those without are passed over.
    """
    if problem.task == "classification":
        known = [pair for pair in pairs if pair.truth_label is not None]
        champion, challenger, most = _class_losses(known, problem)
        bounds, used = LossBounds(most, most), 0
    else:
        known = [pair for pair in pairs if pair.truth is not None and np.isfinite(pair.truth)]
        if problem.metric == "mape":
            known = [pair for pair in known if pair.truth != 0]
        champion, challenger = _regression_losses(known, problem)
        # Beyond a champion without any error there is no scale yet.
        erring = np.cumsum(np.where(np.isfinite(champion), champion, 0)) > 0
        used = max(_SCALE_PAIRS, int(np.argmax(erring)) + 1) if erring.any() else len(known)
        seen = slice(0, used)
        enough = len(known) > used
        bounds = LossBounds.of(champion[seen], challenger[seen]) if enough else LossBounds(1, 1)
    squared = problem.task == "regression" and problem.metric in ("rmse", "r2")
    return LabelledPairs(
        bounds.differences(champion[used:], challenger[used:]),
        tuple(known[used:]),
        _mean_loss(problem),
        power=2.0 if squared else 1.0,
    )


def _scores_probabilities(problem: Problem) -> bool:
    """Return whether the probability of one label says that of the other, the only other one.

    Classes may be left to the training set, but only two have a positive one.
    """
    is_binary = len(problem.classes) == 2 or problem.positive is not None
    return problem.metric in _OF_PROBABILITIES and is_binary


def _mean_loss(problem: Problem) -> str:
    names = {
        "mape": "mean relative error",
        "rmse": "root mean squared error",
        "r2": "root mean squared error",
        "quantile_loss": "mean pinball loss",
        "cost": "mean cost",
    }
    if problem.task == "regression":
        return names.get(problem.metric, "mean absolute error")
    if _scores_probabilities(problem):
        return "mean squared error of the probability"
    return names.get(problem.metric, "share of wrong classes")


def _regression_losses(
    pairs: Sequence[PairedPrediction], problem: Problem
) -> tuple[np.ndarray, np.ndarray]:
    truth = np.array([pair.truth for pair in pairs], dtype=float)
    losses = []
    for predicted in ([p.champion for p in pairs], [p.challenger for p in pairs]):
        with np.errstate(over="ignore", invalid="ignore"):
            above = truth - np.array(predicted, dtype=float)
            if problem.metric == "mape":
                loss = np.abs(above / truth)
            elif problem.metric in ("rmse", "r2"):
                loss = above**2
            elif problem.metric == "quantile_loss" and problem.quantile is not None:
                loss = np.maximum(problem.quantile * above, (problem.quantile - 1) * above)
            else:
                loss = np.abs(above)
        losses.append(loss)
    return losses[0], losses[1]


def _class_losses(
    pairs: Sequence[PairedPrediction], problem: Problem
) -> tuple[np.ndarray, np.ndarray, float]:
    """Return the losses of both models, and the largest that is possible."""
    truth = np.array([pair.truth_label for pair in pairs], dtype=object)
    losses, most = [], 1.0
    costs = (problem.costs or {}) if problem.metric == "cost" else {}
    if costs:
        most = max(cost for answered in costs.values() for cost in answered.values()) or 1.0
    for side in ("champion", "challenger"):
        labels = np.array([getattr(pair, f"{side}_label") for pair in pairs], dtype=object)
        wrong = (labels != truth).astype(float)
        if costs:
            answers = zip(truth, labels, strict=True)
            loss = np.array([costs.get(a, {}).get(b, 0.0) for a, b in answers], dtype=float)
        elif _scores_probabilities(problem):
            probability = np.array([getattr(pair, side) for pair in pairs], dtype=float)
            loss = np.clip(1 - wrong - probability, -1, 1) ** 2
        else:
            loss = wrong
        losses.append(loss)
    return losses[0], losses[1], most


def distances(pairs: Sequence[PairedPrediction], problem: Problem) -> BoundedDifferences:
    """Return how far both models' predictions of each pair are apart, 0 to 1.

    Of a classification, 1 for another class. Of a regression, as a share of the larger prediction,
    or of the champion's usual one if that is larger: where predictions are about 0, a small
    difference is a large share of both. The usual one is the median size of those before.
    """
    if problem.task == "classification":
        apart = np.array([p.champion_label != p.challenger_label for p in pairs], dtype=float)
        return BoundedDifferences(apart, bounds=(0, 1), parameters=(0, 1))
    champion = np.array([pair.champion for pair in pairs], dtype=float)
    challenger = np.array([pair.challenger for pair in pairs], dtype=float)
    old = np.abs(champion)
    usual = known_quantiles(np.where(np.isfinite(old), old, 0), 0.5, _USUAL_PAIRS)
    size = np.maximum(np.maximum(old, np.abs(challenger)), usual)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        share = np.abs(champion - challenger) / size
    apart = np.where(champion == challenger, 0.0, np.minimum(np.nan_to_num(share, nan=1.0), 1))
    return BoundedDifferences(apart[np.isfinite(usual)], bounds=(0, 1), parameters=(0, 1))
