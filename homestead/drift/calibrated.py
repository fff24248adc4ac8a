"""Calibrated drift check: a classifier for all inputs together, and a test of each column.

Half of the check's level is the classifier's, half the columns'.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from homestead.drift.calibrated_result import CalibratedDrift, ColumnRole, ComparedColumn
from homestead.drift.classifier_test import compare_by_classifier
from homestead.drift.column_tests import compare_column, correct_for_columns
from homestead.drift.level_spending import CheckLevel
from homestead.drift.two_sample_tests import Values
from homestead.problem.contract import Contract

_HALVES = 2
# Part of the hash of what is compared: another version of the tests is another check.
_TESTS_VERSION = 1
# More rows would only find changes too small to matter, and take longer.
_MAX_ROWS = 100_000
_SEED = 0
_BOOLEANS = {0.0: "false", 1.0: "true"}


@dataclass(frozen=True)
class ComparedAnswers:
    """Predictions, or outcomes, of served rows and of the champion's holdout.

    Attributes:
        reference: (rows,) float64 of the holdout, which the champion was not fitted on.
        current: (rows,) float64 of served rows.
        categories: class by code; None for numbers.
    """

    reference: Values
    current: Values
    categories: Mapping[float, str] | None = None


@dataclass(frozen=True)
class Calibration:
    """What a calibrated check needs beside the inputs.

    Attributes:
        spend: spends the level of the check of the data with this SHA-256, in hex.
        prediction: None if there are too few, or no reference.
        target: None if there are too few, or no reference.
    """

    spend: Callable[[str], CheckLevel]
    prediction: ComparedAnswers | None = None
    target: ComparedAnswers | None = None


def measure_calibrated(
    reference: pd.DataFrame, current: pd.DataFrame, contract: Contract, calibration: Calibration
) -> CalibratedDrift:
    """Return the calibrated verdict; the same for the same data, whenever it is asked for.

    The level is spent before anything is tested.

    Args:
        reference: training rows; float64 columns of inputs, NaN for missing.
        current: served rows, the same columns. Of more than 100,000 a fixed sample is tested.
        contract: the champion's, which says which columns are categories.
        calibration: as above.
    """
    before, after = (np.ascontiguousarray(rows.to_numpy(float)) for rows in (reference, current))
    names = [str(name) for name in reference]
    window_hash = _hash(names, before, after, calibration)
    level = calibration.spend(window_hash)
    before, after = _sample(before), _sample(after)
    categories = [_categories(contract, name) for name in names]
    tested = [
        compare_column(name, before[:, place], after[:, place], categories[place])
        for place, name in enumerate(names)
    ]
    answers: list[tuple[ColumnRole, ComparedAnswers | None]] = [
        ("prediction", calibration.prediction),
        ("target", calibration.target),
    ]
    for role, compared in answers:
        if compared is not None:
            name = contract.target if role == "target" else "prediction"
            tested.append(
                compare_column(
                    name, compared.reference, compared.current, compared.categories, role
                )
            )
    half = level.level / _HALVES
    columns = correct_for_columns(tested, half)
    classifier = compare_by_classifier(before, after, [names is not None for names in categories])
    smallest = min(classifier.p_value, *(column.adjusted_p_value for column in columns))
    p_value = min(1.0, smallest * _HALVES)
    return CalibratedDrift(
        verdict="drift" if p_value <= level.level else "no drift",
        p_value=p_value,
        level=level.level,
        monthly_level=level.monthly_level,
        month=level.month,
        spent=level.spent,
        window_hash=window_hash,
        classifier=classifier.model_copy(update={"drifted": classifier.p_value <= half}),
        columns=tuple(column for column in columns if column.role == "input"),
        prediction=_of_role(columns, "prediction"),
        target=_of_role(columns, "target"),
    )


def _sample(rows: Values) -> Values:
    """Return at most 100,000 rows, the same ones each time."""
    if len(rows) <= _MAX_ROWS:
        return rows
    return rows[np.sort(np.random.default_rng(_SEED).choice(len(rows), _MAX_ROWS, replace=False))]


def _of_role(columns: list[ComparedColumn], role: ColumnRole) -> ComparedColumn | None:
    return next((column for column in columns if column.role == role), None)


def _categories(contract: Contract, name: str) -> Mapping[float, str] | None:
    """Return a column's values by code; None for a number."""
    column = contract.columns.get(name)
    if column is None or column.type not in ("boolean", "category"):
        return None
    if column.type == "boolean":
        return _BOOLEANS
    return {float(code): value for code, value in enumerate(column.allowed or ())}


def _hash(names: list[str], before: Values, after: Values, calibration: Calibration) -> str:
    digest = hashlib.sha256(json.dumps([_TESTS_VERSION, names]).encode())
    parts = [before, after]
    for compared in (calibration.prediction, calibration.target):
        parts += [] if compared is None else [compared.reference, compared.current]
    for part in parts:
        digest.update(json.dumps(part.shape).encode())
        digest.update(np.ascontiguousarray(part).tobytes())
    return digest.hexdigest()
