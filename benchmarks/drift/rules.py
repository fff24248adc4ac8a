"""Verdicts of the three rules on a window: the share, Evidently's default, and the calibrated."""

import warnings

import numpy as np
import pandas as pd
from evidently.legacy.calculations.stattests import get_stattest
from evidently.legacy.core import ColumnType

from homestead.drift.calibrated import Calibration, measure_calibrated
from homestead.drift.comparison import _with_unknown_shares
from homestead.drift.evidently import _category_names, _is_categorical, _method
from homestead.drift.level_spending import CheckLevel
from homestead.drift.result import ColumnDrift
from homestead.problem.contract import Contract

# Of a check each hour of a month with 31 days.
LEVEL = CheckLevel("2026-10", 0.01 / 745, 0.01, 0.01)
HOMESTEAD_SHARE, EVIDENTLY_SHARE = 0.3, 0.5


def verdicts(reference: pd.DataFrame, current: pd.DataFrame, contract: Contract) -> dict[str, bool]:
    """Return whether each rule finds drift; parts of the calibrated one are named beside it."""
    share, default = 0.0, 0.0
    for name in contract.features:
        ours, theirs = _column_verdicts(reference[name], current[name], contract)
        share, default = share + ours, default + theirs
    calibrated = measure_calibrated(reference, current, contract, Calibration(lambda _: LEVEL))
    inputs = len(contract.features)
    return {
        "share above 0.3": share / inputs > HOMESTEAD_SHARE,
        "Evidently's default": default / inputs >= EVIDENTLY_SHARE,
        "calibrated": calibrated.verdict == "drift",
        "calibrated: classifier": calibrated.classifier.drifted,
        "calibrated: columns": bool(calibrated.drifted),
    }


def _column_verdicts(
    reference: pd.Series, current: pd.Series, contract: Contract
) -> tuple[bool, bool]:
    """Return whether a column drifted by Homestead's choice of test, and by Evidently's."""
    column = contract.columns[str(reference.name)]
    category = _is_categorical(column)
    kind = ColumnType.Categorical if category else ColumnType.Numerical
    method = _method(reference, current, category)
    before, after = reference.dropna(), current.dropna()
    if category:
        before, after = (_category_names(rows, column, before) for rows in (before, after))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours, theirs = (
            get_stattest(before, after, kind, test)(before, after, kind, None)
            for test in (method, None)
        )
    name = str(reference.name)
    found = ColumnDrift(
        name=name, score=float(ours.drift_score), method=method, drifted=bool(ours.drifted)
    )
    judged = _with_unknown_shares(reference, current, found, column, name)
    return judged.drifted, bool(np.bool_(theirs.drifted))
