"""Change of each input between training and serving: effect, direction, and both distributions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from homestead.drift.calibrated_result import ComparedColumn
from homestead.drift.result import DriftResult
from homestead.problem.sections.column import Column
from homestead.reports.wording import number, percent

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class ColumnChange:
    """What happened to an input.

    Attributes:
        drifted: by the calibrated test; where there is none, by the score of the share.
        direction: what happened, in words.
        change: median or share, then and now, with the unit.
        effect: between 0 and 1, whatever the unit; None if it cannot be computed.
        p_value: corrected for the number of columns; None without calibrated tests.
        then, now: present values of the training rows and of the served rows.
        labels: names of the codes of a category; empty for a number.
    """

    name: str
    drifted: bool
    direction: str
    change: str
    effect: float | None
    p_value: float | None
    unit: str
    then: np.ndarray
    now: np.ndarray
    labels: tuple[str, ...] = ()


def column_changes(
    result: DriftResult,
    reference: "pd.DataFrame",
    served: "pd.DataFrame",
    columns: Mapping[str, Column],
) -> list[ColumnChange]:
    """Return the change of each compared input, drifted ones and large effects first.

    Args:
        reference, served: one column for each input, NaN where a value is missing.
        columns: of the problem, which give units and names of categories.
    """
    tested = {} if result.calibrated is None else {c.name: c for c in result.calibrated.columns}
    by_score = {column.name: column.drifted for column in result.columns}
    changes = [
        _change(
            *(name, by_score.get(name, False), tested.get(name), columns.get(name)),
            reference[name].to_numpy(float),
            served[name].to_numpy(float),
        )
        for name in tested or by_score
        if name in reference and name in served
    ]
    return sorted(changes, key=lambda change: (not change.drifted, -(change.effect or 0.0)))


def _change(
    name: str,
    drifted: bool,
    tested: ComparedColumn | None,
    column: Column | None,
    then: np.ndarray,
    now: np.ndarray,
) -> ColumnChange:
    then, now = then[np.isfinite(then)], now[np.isfinite(now)]
    unit = "" if column is None else column.unit
    labels = _labels(column)
    if tested is None:
        direction, effect = _direction(then, now, labels), _distance(then, now)
        change, p_value = _medians(then, now, unit) if not labels else "", None
    else:
        drifted, direction, effect = tested.drifted, tested.direction, tested.effect
        change, p_value = _tested_change(tested, unit), tested.adjusted_p_value
    return ColumnChange(name, drifted, direction, change, effect, p_value, unit, then, now, labels)


def _labels(column: Column | None) -> tuple[str, ...]:
    if column is not None and column.type in ("category", "boolean"):
        return tuple(column.allowed or ("no", "yes"))
    return ()


def _tested_change(tested: ComparedColumn, unit: str) -> str:
    if tested.before is None or tested.after is None or not tested.effect:
        return ""
    if tested.test != "rank":
        return f"in {percent(tested.before)} of rows then, {percent(tested.after)} now"
    return _medians_text(tested.before, tested.after, unit)


def _medians(then: np.ndarray, now: np.ndarray, unit: str) -> str:
    if not len(then) or not len(now):
        return ""
    return _medians_text(float(np.median(then)), float(np.median(now)), unit)


def _medians_text(before: float, after: float, unit: str) -> str:
    return f"median {number(before)} → {number(after)}{f' {unit}' if unit else ''}"


def _direction(then: np.ndarray, now: np.ndarray, labels: Sequence[str]) -> str:
    if not len(then) or not len(now):
        return "no values any more" if len(then) else "values where there were none"
    if labels:
        width = max(int(then.max()), int(now.max())) + 1
        shares = [np.bincount(x.astype(int), minlength=width) / len(x) for x in (then, now)]
        most = int(np.argmax(np.abs(shares[1] - shares[0])))
        name = labels[most] if most < len(labels) else "an unseen value"
        return f"{'more' if shares[1][most] > shares[0][most] else 'fewer'} of {name}"
    before, after = np.median(then), np.median(now)
    if before == after:
        return "spread otherwise"
    return "higher" if after > before else "lower"


def _distance(then: np.ndarray, now: np.ndarray) -> float | None:
    """Return the largest difference of the cumulative shares (Kolmogorov and Smirnov)."""
    if not len(then) or not len(now):
        return None
    values = np.concatenate([then, now])
    shares = [np.searchsorted(np.sort(x), values, side="right") / len(x) for x in (then, now)]
    return float(np.abs(shares[0] - shares[1]).max())
