"""Column-by-column comparison by Evidently.

Importing this module takes seconds: import it where it is used. What it needs of Evidently's
unstable interfaces is asserted in ``tests/contracts/test_evidently.py``.
"""

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import chi2_contingency, wasserstein_distance

from homestead.drift.result import ColumnDrift
from homestead.problem.sections.column import Column

with warnings.catch_warnings():
    # From Python 3.12 on, a docstring of Evidently's is warned of when it is first compiled.
    warnings.filterwarnings("ignore", "invalid escape sequence", SyntaxWarning)
    from evidently import DataDefinition, Dataset, Report
    from evidently.core.metric_types import SingleValueCalculation
    from evidently.legacy.calculations.stattests.registry import StatTest, register_stattest
    from evidently.legacy.core import ColumnType
    from evidently.metrics.column_statistics import ValueDrift, ValueDriftCalculation
    from evidently.presets import DataDriftPreset

# Below these sizes a distance between two samples of the very same rows exceeds Evidently's
# threshold of 0.1: measured on King County, for 66% of numeric columns at 100 rows, 31% at 200,
# none at 1,000; and for a category of 70 values always below 1,000 rows, never at 3,000. Smaller
# windows are therefore judged by the p-value of a test, which accounts for the sample size.
_MIN_DISTANCE_ROWS = 1000
_MAX_CATEGORIES = 50
_RARE = "(rare)"
_MIN_ROWS_PER_CATEGORY = 40
_SIGNIFICANCE_LEVEL = 0.05
_MAX_DISTANCE = 0.1


def _two_sample_chisquare(
    reference: pd.Series, current: pd.Series, _type: ColumnType, level: float
) -> tuple[float, bool]:
    # Evidently's own chi-square test takes the reference for the true distribution: one row of a
    # category that the reference sample lacks then makes p = 0.
    counts = pd.DataFrame(
        {"reference": reference.value_counts(), "current": current.value_counts()}
    )
    table = counts.fillna(0).to_numpy().T
    p_value = 1.0 if table.shape[1] < 2 else float(chi2_contingency(table)[1])
    return p_value, p_value < level


_CHISQUARE = StatTest(
    name="two_sample_chisquare",
    display_name="two-sample chi-square p_value",
    allowed_feature_types=[ColumnType.Categorical],
    default_threshold=_SIGNIFICANCE_LEVEL,
)
register_stattest(_CHISQUARE, _two_sample_chisquare)


def _standardised_wasserstein(
    reference: pd.Series, current: pd.Series, _type: ColumnType, level: float
) -> tuple[float, bool]:
    # Evidently's own takes a standard deviation below 0.001 for 0.001: of values in kilograms it
    # misses the shift that it finds in milligrams.
    distance = float(wasserstein_distance(*_standardised(reference, current)))
    return distance, distance >= level


def _standardised(reference: pd.Series, current: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Return both samples in standard deviations of the reference from its mean.

    A constant reference has no deviation: the largest distance of a current value from it takes
    its place. The unit of the values makes no difference, however small or large they are.
    """
    samples = reference.to_numpy(float), current.to_numpy(float)
    # Squares and differences of the largest numbers overflow.
    largest = max(float(np.abs(sample).max()) for sample in samples) or 1.0
    scaled, other = (sample / largest for sample in samples)
    if scaled.min() == scaled.max():
        centre, deviation = scaled[0], float(np.abs(other - scaled[0]).max())
    else:
        centre, deviation = scaled.mean(), float(scaled.std())
    divisor = deviation or 1.0
    return (scaled - centre) / divisor, (other - centre) / divisor


_WASSERSTEIN = StatTest(
    name="standardised_wasserstein",
    display_name="Wasserstein distance (standardised)",
    allowed_feature_types=[ColumnType.Numerical],
    default_threshold=_MAX_DISTANCE,
)
register_stattest(_WASSERSTEIN, _standardised_wasserstein)


class _UndrawnValueDrift(ValueDrift):  # type: ignore[misc]
    """A column's drift without a picture: the preset draws its own and drops those of columns."""


class _UndrawnCalculation(SingleValueCalculation[_UndrawnValueDrift]):  # type: ignore[misc]
    """The calculation of Evidently's metric, a third of whose time is the picture."""

    calculate = ValueDriftCalculation.calculate
    display_name = ValueDriftCalculation.display_name

    def _render(self, *_: object) -> list[Any]:
        return []


class _Preset(DataDriftPreset):  # type: ignore[misc]
    """Evidently's preset, whose page is the same."""

    def generate_metrics(self, context: Any) -> list[Any]:
        return [
            _UndrawnValueDrift(column=m.column, method=m.method, threshold=m.threshold)
            if isinstance(m, ValueDrift)
            else m
            for m in super().generate_metrics(context)
        ]


def compare_columns(
    reference: pd.DataFrame,
    current: pd.DataFrame,
    columns: Mapping[str, Column],
    max_drift_share: float,
) -> tuple[dict[str, ColumnDrift], str]:
    """Return Evidently's verdict on each column by name, and its report as HTML.

    Args:
        reference: training rows, float64 columns, each with at least one value.
        current: served rows, the same columns.
        columns: the source's columns as the model was trained on them, by name.
        max_drift_share: a share of drifted columns above this is drift, in the report.
    """
    names = list(reference.columns)
    categorical = [name for name in names if _is_categorical(columns.get(name))]
    definition = DataDefinition(
        numerical_columns=[name for name in names if name not in categorical],
        categorical_columns=categorical,
    )
    methods = {n: _method(reference[n], current[n], n in categorical) for n in names}
    reference_data, current_data = (
        Dataset.from_pandas(
            frame.assign(
                **{
                    name: _category_names(frame[name], columns[name], reference[name])
                    for name in categorical
                }
            ),
            data_definition=definition,
        )
        for frame in (reference, current)
    )
    report = Report(
        [
            _Preset(
                columns=names,
                drift_share=max_drift_share,
                per_column_method=methods,
            )
        ],
        include_tests=True,
    )
    with warnings.catch_warnings():
        # Raised within Evidently (constant columns, deprecations): nothing a user can act on.
        warnings.simplefilter("ignore")
        snapshot = report.run(current_data, reference_data)
        html = snapshot.get_html_str(as_iframe=False)
    return _columns(snapshot.dict()), html


def _is_categorical(column: Column | None) -> bool:
    return column is not None and column.type in ("boolean", "category")


def _category_names(codes: pd.Series, column: Column, reference: pd.Series) -> pd.Series:
    """Replace codes by category names; keep a code that has no name.

    Of thousands of categories the rare ones of the reference count as one: a test of as many
    groups finds nothing, and a group of one row is found by chance.
    """
    values = column.allowed or ("false", "true")
    names = {float(code): name for code, name in enumerate(values)}
    if len(values) > _MAX_CATEGORIES:
        frequent = reference.value_counts().index[:_MAX_CATEGORIES]
        kept = {*frequent, column.unseen_code}
        names = {code: name if code in kept else _RARE for code, name in names.items()}
    return codes.astype(object).map(lambda code: names.get(code, f"{code:g}"), na_action="ignore")


def _method(reference: pd.Series, current: pd.Series, is_categorical: bool) -> str:
    rows = min(reference.count(), current.count())
    if not is_categorical:
        return str(_WASSERSTEIN.name) if rows >= _MIN_DISTANCE_ROWS else "ks"
    categories = len(np.union1d(reference.dropna(), current.dropna()))
    categories = min(categories, _MAX_CATEGORIES + 2)
    if rows >= max(_MIN_DISTANCE_ROWS, _MIN_ROWS_PER_CATEGORY * categories):
        return "jensenshannon"
    return str(_CHISQUARE.name)


def _columns(snapshot: dict[str, Any]) -> dict[str, ColumnDrift]:
    """Read the columns' results from the dictionary of Evidently's snapshot."""
    status = {
        test["metric_config"]["params"].get("column"): test["status"] for test in snapshot["tests"]
    }
    columns = {}
    for metric in snapshot["metrics"]:
        if not metric["metric_name"].startswith(_UndrawnValueDrift.__name__):
            continue
        name, score = metric["config"]["column"], float(metric["value"])
        columns[name] = ColumnDrift(
            name=name,
            score=score if np.isfinite(score) else None,  # JSON has no NaN
            method=metric["config"]["method"],
            drifted=status[name] == "FAIL",
        )
    return columns
