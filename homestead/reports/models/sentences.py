"""What follows from the charts of a comparison: one sentence each, computed from its figures."""

from collections.abc import Mapping, Sequence

import numpy as np

from homestead.evaluation.certificate import IntervalCoverage, SliceResult
from homestead.problem.model_metrics.predictions import Predictions
from homestead.reports.charts import is_small_group
from homestead.reports.models.figures import confusion_counts, errors_of, tenths_of
from homestead.reports.wording import joined, number, percent

# Of the median error of a tenth, against its spread: less does not stand out.
_NOTABLE_SHARE_OF_SPREAD = 0.25
# Three standard errors of a median of one row, in median absolute errors of a normal distribution.
_CHANCE = 3 * 1.2533 * 1.4826


def predictions_sentence(
    actual: np.ndarray, models: Mapping[str, np.ndarray], unit: str, *, relative: bool
) -> str:
    """Say within which distance of the actual value half of the predictions lie.

    Args:
        actual: shape (rows,).
        models: predictions of shape (rows,) by the model's name, at most two.
        unit: of the target; '' for none.
    """
    parts = []
    for name, predicted in models.items():
        half = float(np.nanmedian(np.abs(errors_of(actual, predicted, relative))))
        parts.append(f"of the {name} within {_amount(half, unit, relative)}")
    return f"Half of the predictions lie close to the actual value: {joined(parts)}."


def errors_sentence(
    actual: np.ndarray, models: Mapping[str, np.ndarray], unit: str, *, relative: bool
) -> str:
    """Say in which tenths of the actual values the new model is mostly too high or too low."""
    name, predicted = next(iter(models.items()))
    error, tenth_of_row = errors_of(actual, predicted, relative), tenths_of(actual)
    medians = {n: float(np.nanmedian(error[tenth_of_row == n])) for n in set(tenth_of_row.tolist())}
    centre = np.array([medians[n] for n in tenth_of_row.tolist()])
    spread = float(np.nanmedian(np.abs(error - centre)))
    lowest, highest = min(medians), max(medians)
    parts = []
    for tenth, what in ((lowest, "smallest"), (highest, "largest")):
        rows = int((tenth_of_row == tenth).sum())
        # A median of few rows differs from zero by chance.
        notable = max(_NOTABLE_SHARE_OF_SPREAD, _CHANCE / np.sqrt(rows)) * spread
        if abs(medians[tenth]) > notable:
            side = "high" if medians[tenth] > 0 else "low"
            size = _amount(abs(medians[tenth]), unit, relative)
            parts.append(f"too {side} by {size} in the tenth with the {what} values")
    if not parts:
        return f"The {name} is mostly neither too high nor too low, for small values and for large."
    return f"The {name} is in the median {joined(parts)}."


def confusion_sentence(
    actual: np.ndarray, models: Mapping[str, Predictions], classes: Sequence[str]
) -> str:
    """Say how often the labels are right, and which confusion is the most frequent."""
    right = [
        f"the {name} in {percent(float((model.codes == actual.astype(int)).mean()))}"
        for name, model in models.items()
    ]
    name, model = next(iter(models.items()))
    counts = confusion_counts(actual, model, len(classes))
    totals = counts.sum(axis=1)
    np.fill_diagonal(counts, 0)
    text = f"The label is right in these shares of rows: {joined(right)}"
    if not counts.any():
        return f"{text}."
    row, column = divmod(int(counts.argmax()), len(classes))
    return (
        f"{text}; most often the {name} takes {classes[row]!r} for {classes[column]!r}, in"
        f" {percent(counts[row, column] / totals[row])} of that class."
    )


def calibration_sentence(actual: np.ndarray, models: Mapping[str, np.ndarray]) -> str:
    """Say whether the probabilities promise too much or too little."""
    name, probabilities = next(iter(models.items()))
    promised = float(probabilities.max(axis=1).mean())
    kept = float((probabilities.argmax(axis=1) == actual.astype(int)).mean())
    text = f"The {name} is right in {percent(kept)} of rows and says {percent(promised)} on average"
    if abs(promised - kept) < 0.01:
        return f"{text}: its probabilities can be taken at their word."
    return f"{text}: it promises too {'much' if promised > kept else 'little'}."


def slices_sentence(slices: Sequence[SliceResult], least_rows: int) -> str:
    """Say in how many slices the new model is better, and where it loses most."""
    compared = [result for result in slices if result.worse_by is not None]
    small = sum(not result.judged for result in compared)
    few = f" ({small} have fewer than {least_rows} rows and are not judged)" if small else ""
    if not compared:
        known = [result for result in slices if result.winner is not None]
        values = sorted(known, key=lambda result: result.winner or 0.0)
        low, high = values[0], values[-1]
        return (
            f"The metric is lowest where {low.column} = {low.value} ({low.rows:,} rows) and"
            f" highest where {high.column} = {high.value} ({high.rows:,} rows)."
        )
    better = sum((result.worse_by or 0.0) < 0 for result in compared)
    worst = max(compared, key=lambda result: result.worse_by or 0.0)
    text = f"The new model is better than the champion in {better} of {len(compared)} slices{few}"
    if (worst.worse_by or 0.0) <= 0:
        return f"{text}; in none is it worse."
    return (
        f"{text}; it loses most where {worst.column} = {worst.value}: {percent(worst.worse_by)}"
        f" worse on {worst.rows:,} rows."
    )


def coverage_sentence(coverage: IntervalCoverage) -> str:
    """Say whether the intervals hold what they promise, and where they hold it least."""
    if coverage.low > coverage.asked:
        text = "The intervals are wider than needed"
    elif coverage.high < coverage.asked:
        text = "The intervals are too narrow"
    else:
        text = "The intervals hold what they promise"
    text += f": {percent(coverage.covered)} of targets lie in them, asked for are"
    text += f" {percent(coverage.asked, 0)}"
    large = [part for part in coverage.slices if not is_small_group(part.rows)]
    if not large:
        return f"{text}."
    worst = min(large, key=lambda part: part.covered)
    return (
        f"{text}; least where {worst.column} = {worst.value},"
        f" {percent(worst.covered)} of {worst.rows:,} rows."
    )


def importance_sentence(importance: Mapping[str, float]) -> str:
    """Say which inputs move the predictions most, and which not at all."""
    sizes = {name: abs(value) for name, value in importance.items()}
    total = sum(sizes.values())
    if not total:
        return "No input moves the predictions: they are all the same."
    largest = sorted(sizes, key=lambda name: -sizes[name])[:2]
    share = sum(sizes[name] for name in largest) / total
    unused = [name for name, size in sizes.items() if size == 0]
    verb = "makes" if len(largest) == 1 else "make"
    text = f"{joined(largest)} {verb} up {percent(share, 0)} of what moves a prediction"
    if unused:
        return f"{text}; {joined(unused[:3])} {'is' if len(unused) == 1 else 'are'} not used."
    least = min(sizes, key=lambda name: sizes[name])
    return f"{text}, {least} least." if len(sizes) > 2 else f"{text}."


def _amount(value: float, unit: str, relative: bool) -> str:
    if relative:
        return f"{value:.1f}%"
    return f"{number(value)} {unit}".rstrip()
