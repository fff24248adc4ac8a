"""Evidently, behind one function. Importing this module takes seconds: do it when it is needed."""

import os
import warnings
from typing import TYPE_CHECKING

os.environ.setdefault("DO_NOT_TRACK", "1")  # read by Evidently when it is imported

import numpy as np
import pandas as pd
from evidently import DataDefinition, Dataset, Report
from evidently.legacy.calculations.stattests.registry import StatTest, register_stattest
from evidently.legacy.core import ColumnType
from evidently.presets import DataDriftPreset
from scipy.stats import chi2_contingency

from homestead.problem.schema import Problem

if TYPE_CHECKING:
    from homestead.drift.result import ColumnDrift

# Below these, a distance between two samples of the very same rows exceeds Evidently's threshold
# of 0.1: measured on King County, for 66% of numeric columns at 100 rows, 31% at 200, none at
# 1,000; and always for a category of 70 values below 1,000 rows, never at 3,000. So smaller
# windows are judged by a test's p-value, which knows the size of its sample.
_ROWS_FOR_DISTANCE = 1000
_ROWS_PER_CATEGORY = 40
_LEVEL = 0.05


def _two_samples(
    reference: pd.Series, current: pd.Series, _type: ColumnType, level: float
) -> tuple[float, bool]:
    # Evidently's own chi-square takes the reference for the truth: one row of a category that
    # the reference's sample lacks then makes p = 0.
    counts = pd.DataFrame({"old": reference.value_counts(), "new": current.value_counts()})
    table = counts.fillna(0).to_numpy().T
    p_value = 1.0 if table.shape[1] < 2 else float(chi2_contingency(table)[1])
    return p_value, p_value < level


_TWO_SAMPLES = StatTest(
    name="two_sample_chisquare",
    display_name="two-sample chi-square p_value",
    allowed_feature_types=[ColumnType.Categorical],
    default_threshold=_LEVEL,
)
register_stattest(_TWO_SAMPLES, _two_samples)


def compare(
    reference: pd.DataFrame, current: pd.DataFrame, problem: Problem
) -> tuple[dict[str, "ColumnDrift"], str]:
    """Evidently's verdict on each column, and its HTML report.

    Args:
        reference: the training rows, float64 columns, each with at least one value.
        current: the served rows, the same columns.
    """
    names = list(reference.columns)
    coded = [name for name in names if _is_code(name, problem)]
    definition = DataDefinition(
        numerical_columns=[name for name in names if name not in coded],
        categorical_columns=coded,
    )
    old, new = (
        frame.assign(**{name: _named(frame[name], problem) for name in coded})
        for frame in (reference, current)
    )
    report = Report(
        [
            DataDriftPreset(
                columns=names,
                drift_share=problem.drift.max_drift_share,
                per_column_method={n: _method(reference[n], current[n], n in coded) for n in names},
            )
        ],
        include_tests=True,
    )
    with warnings.catch_warnings():
        # Warnings from within Evidently (constant columns, deprecations): not ours to mend.
        warnings.simplefilter("ignore")
        run = report.run(
            Dataset.from_pandas(new, data_definition=definition),
            Dataset.from_pandas(old, data_definition=definition),
        )
        html = run.get_html_str(as_iframe=False)
    return _columns(run.dict()), html


def _is_code(name: str, problem: Problem) -> bool:
    column = problem.columns.get(name)
    return column is not None and column.type in ("boolean", "category")


def _named(codes: pd.Series, problem: Problem) -> pd.Series:
    """The values' names; a code without one, which no contract lets through, as it stands."""
    values = problem.category_codes(str(codes.name)) or ("false", "true")
    names = {float(code): name for code, name in enumerate(values)}
    return codes.astype(object).map(lambda code: names.get(code, f"{code:g}"), na_action="ignore")


def _method(reference: pd.Series, current: pd.Series, is_code: bool) -> str:
    rows = min(reference.count(), current.count())
    if not is_code:
        return "wasserstein" if rows >= _ROWS_FOR_DISTANCE else "ks"
    values = len(np.union1d(reference.dropna(), current.dropna()))
    if rows >= max(_ROWS_FOR_DISTANCE, _ROWS_PER_CATEGORY * values):
        return "jensenshannon"
    return _TWO_SAMPLES.name


def _columns(found: dict) -> dict[str, "ColumnDrift"]:
    status = {test["metric_config"]["params"].get("column"): test for test in found["tests"]}
    return {
        metric["config"]["column"]: {
            "name": metric["config"]["column"],
            # JSON has no NaN.
            "score": float(metric["value"]) if np.isfinite(metric["value"]) else None,
            "method": metric["config"]["method"],
            "drifted": status[metric["config"]["column"]]["status"] == "FAIL",
        }
        for metric in found["metrics"]
        if metric["metric_name"].startswith("ValueDrift")
    }
