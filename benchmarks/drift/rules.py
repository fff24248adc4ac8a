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


class Rules:
    """The three rules, of windows beside the same reference rows."""

    def __init__(self, reference: pd.DataFrame, contract: Contract) -> None:
        self._reference, self._contract = reference, contract
        # Most columns of a window stay as they are in most changes.
        self._known: dict[tuple[str, bytes], tuple[bool, bool]] = {}

    def verdicts(self, current: pd.DataFrame) -> dict[str, bool]:
        """Return whether each rule finds drift, with the parts of the calibrated one beside it."""
        share, default = np.sum([self._of_column(current[name]) for name in current], axis=0)
        calibration = Calibration(lambda _: LEVEL)
        calibrated = measure_calibrated(self._reference, current, self._contract, calibration)
        inputs = len(current.columns)
        return {
            "share above 0.3": bool(share / inputs > HOMESTEAD_SHARE),
            "Evidently's default": bool(default / inputs >= EVIDENTLY_SHARE),
            "calibrated": calibrated.verdict == "drift",
            "calibrated: classifier": calibrated.classifier.drifted,
            "calibrated: columns": bool(calibrated.drifted),
        }

    def _of_column(self, current: pd.Series) -> tuple[bool, bool]:
        name = str(current.name)
        key = name, current.to_numpy().tobytes()
        if key not in self._known:
            self._known[key] = _column_verdicts(self._reference[name], current, self._contract)
        return self._known[key]


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
