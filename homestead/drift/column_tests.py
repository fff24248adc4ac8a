"""Calibrated tests of one column: what changed most surely, by how much and in which direction."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from homestead.drift.calibrated_result import ColumnRole, ComparedColumn, TestName
from homestead.drift.two_sample_tests import ValueCounts, Values, share_p_value

# A rarer value cannot be significant by itself; all rare ones together may be.
_MIN_VALUE_ROWS = 10
# Exact tests are made of the values whose shares differ most; the correction counts all values.
_TESTED_VALUES = 5
_RARE = "rare values"


@dataclass(frozen=True)
class _Finding:
    """Result of one test of a column; the attributes are those of :class:`ComparedColumn`."""

    test: TestName
    p_value: float
    effect: float
    direction: str
    before: float
    after: float


def compare_column(
    name: str,
    reference: Values,
    current: Values,
    categories: Mapping[float, str] | None = None,
    role: ColumnRole = "input",
) -> ComparedColumn:
    """Return the test of one column, not yet corrected for the number of columns.

    The smallest p-value of its tests is multiplied by their number (Bonferroni). No test depends
    on the unit of the values.

    Args:
        reference: values to compare with, NaN for missing; at least one row.
        current: served values, NaN for missing; at least one row.
        categories: names of a category's codes; None for a number.
    """
    findings = [_missing(reference, current)]
    known, served = reference[~np.isnan(reference)], current[~np.isnan(current)]
    if len(known) and len(served):
        counts = ValueCounts.of(known, served)
        findings.append(_value(counts, categories))
        if categories is None:
            findings += [_rank(counts), _distribution(counts)]
    smallest = min(finding.p_value for finding in findings)
    # Of tests that are about as sure, the one that says most.
    sure = [finding for finding in findings if finding.p_value <= math.sqrt(smallest)]
    told = max(sure, key=lambda finding: finding.effect)
    p_value = min(1.0, smallest * (4 if categories is None else 2))
    return ComparedColumn(
        name=name,
        role=role,
        p_value=p_value,
        adjusted_p_value=p_value,
        drifted=False,
        test=told.test,
        effect=told.effect,
        direction=told.direction,
        before=told.before,
        after=told.after,
    )


def correct_for_columns(columns: Sequence[ComparedColumn], level: float) -> list[ComparedColumn]:
    """Return the columns with Holm's correction, drifted where it is at most ``level``."""
    adjusted, largest = [1.0] * len(columns), 0.0
    for rank, place in enumerate(np.argsort([column.p_value for column in columns], kind="stable")):
        corrected = min(1.0, columns[place].p_value * (len(columns) - rank))
        adjusted[place] = largest = max(largest, corrected)
    return [
        column.model_copy(update={"adjusted_p_value": p_value, "drifted": p_value <= level})
        for column, p_value in zip(columns, adjusted, strict=True)
    ]


def _missing(reference: Values, current: Values) -> _Finding:
    counts = int(np.isnan(reference).sum()), int(np.isnan(current).sum())
    p_value = share_p_value(counts[0], len(reference), counts[1], len(current))
    before, after = counts[0] / len(reference), counts[1] / len(current)
    direction = "unchanged"
    if before != after:
        direction = "more missing values" if after > before else "fewer missing values"
    return _Finding("missing", p_value, abs(after - before), direction, before, after)


def _rank(counts: ValueCounts) -> _Finding:
    delta = counts.cliffs_delta()
    direction = "higher" if delta > 0 else "lower" if delta < 0 else "unchanged"
    return _Finding("rank", counts.rank_p_value(), abs(delta), direction, *counts.medians())


def _distribution(counts: ValueCounts) -> _Finding:
    place, difference = counts.largest_difference()
    direction = f"{'more' if difference > 0 else 'fewer'} values up to {counts.values[place]:.4g}"
    return _Finding(
        "distribution",
        counts.distribution_p_value(),
        abs(difference),
        direction if difference else "unchanged",
        float(counts.before[: place + 1].sum() / counts.reference),
        float(counts.after[: place + 1].sum() / counts.current),
    )


def _value(counts: ValueCounts, categories: Mapping[float, str] | None) -> _Finding:
    before, after = counts.before, counts.after
    frequent = before + after >= _MIN_VALUE_ROWS
    names = [_value_name(value, categories) for value in counts.values[frequent]]
    rare = before[~frequent].sum(), after[~frequent].sum()
    before, after = before[frequent], after[frequent]
    if categories is not None and sum(rare):
        names.append(_RARE)
        before, after = np.append(before, rare[0]), np.append(after, rare[1])
    rows = counts.reference, counts.current
    if not names or before[0] + after[0] == sum(rows):
        return _Finding("value", 1.0, 0.0, "unchanged", 0.0, 0.0)
    shares = before / rows[0], after / rows[1]
    change, pooled = shares[1] - shares[0], (before + after) / sum(rows)
    order = np.argsort(-np.abs(change) / np.sqrt(pooled * (1 - pooled)), kind="stable")
    p_values = {
        place: share_p_value(int(before[place]), rows[0], int(after[place]), rows[1])
        for place in order[:_TESTED_VALUES].tolist()
    }
    surest = min(p_values, key=lambda place: (p_values[place], -abs(change[place])))
    p_value = min(1.0, p_values[surest] * len(names))
    direction = f"{'more' if change[surest] > 0 else 'less'} of {names[surest]}"
    return _Finding(
        "value",
        p_value,
        float(abs(change[surest])),
        direction,
        float(shares[0][surest]),
        float(shares[1][surest]),
    )


def _value_name(value: float, categories: Mapping[float, str] | None) -> str:
    if categories is None:
        return f"the value {value:.10g}"
    return categories.get(value, f"{value:g}")
