"""What is guessed of the target: the task, the metric, and whether its logarithm is fitted."""

from dataclasses import dataclass

import numpy as np

from homestead.drafting.profile.column_profile import ColumnProfile
from homestead.errors import UserError
from homestead.problem.model_metrics.table import Task
from homestead.problem.values.booleans import parse_boolean
from homestead.problem.values.listing import list_values

MAX_CLASSES = 100
_FEW_WHOLE_NUMBERS = 10
_SKEWED_RATIO = 4
_RARE = 0.2


@dataclass(frozen=True)
class TargetGuess:
    """The task and what follows from the target's values.

    Attributes:
        reason: why this task, and what else it might be.
        classes: of a classification, in natural order.
        positive: which of two classes is meant to be found; None for more, or for a regression.
    """

    task: Task
    reason: str
    metric: str
    metric_reason: str
    is_log: bool = False
    classes: tuple[str, ...] = ()
    positive: str | None = None


def guess_target(target: ColumnProfile, task: Task | None) -> TargetGuess:
    """Guess the task, unless the user names it, and the metric.

    Raises:
        UserError: the target has no value, or one only, or is not of the task that is named.
    """
    _require_values(target)
    guessed, reason = _guess_task(target)
    if task is not None and task != guessed:
        reason = f"as named; by its values it would be a {guessed}: {reason}"
    task = task or guessed
    if task == "regression":
        if not (target.is_numeric or {*target.counts.index} <= {"0", "1"}):
            found = list_values([str(value) for value in target.counts.index])
            raise UserError(
                f"target {target.name}: found {found}; a regression needs numbers: choose the task"
                " classification"
            )
        return _regression(target, reason)
    if target.distinct > MAX_CLASSES:
        raise UserError(
            f"target {target.name}: found {target.distinct} different values, allowed for a"
            f" classification are {MAX_CLASSES}"
        )
    return _classification(target, reason)


def _require_values(target: ColumnProfile) -> None:
    if target.distinct == 0:
        raise UserError(f"target {target.name}: no row has a value")
    if target.distinct == 1:
        value = target.counts.index[0]
        raise UserError(f"target {target.name}: all rows have {value!r}: nothing to learn")
    if target.type == "timestamp":
        raise UserError(f"target {target.name}: found times; a target is a number or a category")


def _guess_task(target: ColumnProfile) -> tuple[Task, str]:
    if target.type == "boolean":
        return "classification", "two values"
    if target.type == "category":
        return "classification", f"{target.distinct} different texts"
    few = target.distinct <= _FEW_WHOLE_NUMBERS and (target.values.dropna() % 1 == 0).all()
    if few and target.distinct == 2:
        return "classification", "two whole numbers"
    if few:
        return "regression", (
            f"numbers, but only {target.distinct} different ones: if they are classes, name the"
            " task classification"
        )
    return "regression", f"{target.distinct} different numbers"


def _regression(target: ColumnProfile, reason: str) -> TargetGuess:
    values = target.values.dropna().to_numpy(dtype=float)
    if values.min() > 0:
        low, middle, high = np.quantile(values, [0.01, 0.5, 0.99])
        # Farther above the median than below it, on the scale of the values themselves.
        if high / low >= _SKEWED_RATIO and high - middle > 1.5 * (middle - low):
            why = "all values are above 0 and spread over orders of size, so that errors are shares"
            return TargetGuess("regression", reason, "mape", why, is_log=True)
    return TargetGuess("regression", reason, "mae", "an error in the target's own unit")


def _classification(target: ColumnProfile, reason: str) -> TargetGuess:
    classes = class_names(target)
    share = float(target.counts.min() / target.counts.sum())
    if len(classes) == 2:
        why = "two classes"
        if share < _RARE:
            why = f"two classes, the rarer one in {share:.1%} of the rows"
        positive = _positive(target, classes)
        return TargetGuess(
            "classification", reason, "roc_auc", why, classes=classes, positive=positive
        )
    why = "how good the probabilities of all classes are"
    return TargetGuess("classification", reason, "log_loss", why, classes=classes)


def _positive(target: ColumnProfile, classes: tuple[str, ...]) -> str:
    """Return the class whose name is affirmative, else the rarer one."""
    affirmative = [name for name in classes if parse_boolean(name)]
    return affirmative[0] if len(affirmative) == 1 else str(target.counts.index[-1])


def class_names(target: ColumnProfile) -> tuple[str, ...]:
    """Return a classification target's values as texts, numbers by size, then others by letters."""
    return tuple(sorted(map(str, target.counts.index), key=_natural_order))


def _natural_order(text: str) -> tuple[int, float, str]:
    try:
        return 0, float(text), text
    except ValueError:
        return 1, 0.0, text
