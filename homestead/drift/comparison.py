"""Comparison of served rows with the rows that a model was trained on."""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from homestead.drift.calibrated import Calibration, measure_calibrated
from homestead.drift.result import (
    MISSING_SHARE_METHOD,
    UNSEEN_SHARE_METHOD,
    ColumnDrift,
    DriftResult,
    Verdict,
)
from homestead.errors import UserError
from homestead.problem.contract import Contract
from homestead.problem.sections.column import Column
from homestead.problem.sections.policies import DriftPolicy

# Evidently compares only the values that are present, so a change of this much in a column's
# share of missing values, or of unseen categories, counts as drift as well.
_UNKNOWN_SHARE_CHANGE = 0.1


def measure_drift(
    reference: pd.DataFrame,
    current: pd.DataFrame,
    contract: Contract,
    policy: DriftPolicy,
    calibration: Calibration | None = None,
    *,
    rows: int | None = None,
) -> DriftResult:
    """Compare a window of served rows with the champion's training rows.

    Both frames hold the model's inputs as numeric columns, NaN for missing, and may hold other
    columns. Each frame is sampled to ``policy.max_rows`` rows with a fixed seed. A column
    that has values in the training rows but none in the window counts as drifted. Sensitive
    features are not compared, because the prediction log does not hold their values.

    Args:
        reference: training rows.
        current: served rows; may have no columns if it has no rows.
        contract: the champion's own: the problem file may have changed since its training.
        calibration: what the calibrated tests need; None to make none.
        rows: number of rows of the window of which ``current`` is a sample; None if it is all.

    Raises:
        UserError: the schema is not the model's; names each column that is missing or not numeric.
    """
    rows = len(current) if rows is None else rows
    sensitive = contract.sensitivity
    names = [name for name in contract.features if name not in sensitive]
    _check_schema("training snapshot", reference, names)
    if len(current):
        _check_schema("prediction log", current, names)
    if rows < policy.min_rows or not names:
        return DriftResult("inconclusive", None, policy.max_drift_share, rows)
    reference = _sample(reference[names], policy.max_rows)
    current = _sample(current[names], policy.max_rows)

    from homestead.drift.evidently import compare_columns  # its import takes seconds

    comparable = [n for n in names if reference[n].notna().any() and current[n].notna().any()]
    compared: dict[str, ColumnDrift] = {}
    html = ""
    if comparable:
        compared, html = compare_columns(
            reference[comparable], current[comparable], contract.columns, policy.max_drift_share
        )
    columns = tuple(
        _with_unknown_shares(
            reference[name], current[name], compared.get(name), contract.columns.get(name), name
        )
        for name in names
    )
    share = sum(column.drifted for column in columns) / len(columns)
    verdict: Verdict = "drift" if share > policy.max_drift_share else "no drift"
    calibrated = (
        None
        if calibration is None
        else measure_calibrated(reference, current, contract, calibration)
    )
    return DriftResult(verdict, share, policy.max_drift_share, rows, columns, html, calibrated)


def _check_schema(source: str, frame: pd.DataFrame, names: Sequence[str]) -> None:
    if absent := [name for name in names if name not in frame]:
        raise UserError(
            f"drift: the {source} has no column {', '.join(absent)};"
            f" found {', '.join(map(str, frame.columns)) or 'none'}; the model reads"
            f" {', '.join(names)}"
        )
    for name in names:
        if not pd.api.types.is_numeric_dtype(frame[name]) and frame[name].notna().any():
            raise UserError(
                f"drift: column {name} of the {source} is {frame[name].dtype}, allowed are numbers"
            )


def _sample(frame: pd.DataFrame, max_rows: int) -> pd.DataFrame:
    """Return at most ``max_rows`` rows as float64, infinite values replaced by NaN."""
    sample = frame.sample(max_rows, random_state=0) if len(frame) > max_rows else frame
    return sample.astype("float64").replace([np.inf, -np.inf], np.nan).reset_index(drop=True)


def _with_unknown_shares(
    reference: pd.Series,
    current: pd.Series,
    compared: ColumnDrift | None,
    column: Column | None,
    name: str,
) -> ColumnDrift:
    """Return the drift of the values, or that of the share of missing or unseen ones alone.

    Args:
        compared: None if the column has no values in the window, in the training rows, or in both.
        column: None for a feature that is no column of the source.
    """
    shares = [_share_drift(name, MISSING_SHARE_METHOD, reference.isna(), current.isna())]
    if column is not None and not math.isnan(column.unseen_code):
        unseen = column.unseen_code
        shares.append(
            _share_drift(name, UNSEEN_SHARE_METHOD, reference == unseen, current == unseen)
        )
    drifted = [share for share in shares if share.drifted]
    if compared is None or (drifted and not compared.drifted):
        return [*drifted, *shares][0]
    return compared


def _share_drift(name: str, method: str, reference: pd.Series, current: pd.Series) -> ColumnDrift:
    """Return the drift of a share of rows; both series hold booleans."""
    change = abs(float(current.mean()) - float(reference.mean()))
    return ColumnDrift(
        name=name, score=change, method=method, drifted=change >= _UNKNOWN_SHARE_CHANGE
    )
