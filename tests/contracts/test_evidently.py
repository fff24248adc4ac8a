"""What ``homestead/drift/evidently.py`` relies on of Evidently's unstable interfaces.

- ``evidently.legacy.calculations.stattests.registry``: ``StatTest``, ``register_stattest``, and the
  signature of a test's function; ``evidently.legacy.core.ColumnType``
- ``DataDriftPreset(columns=..., drift_share=..., per_column_method=...)`` with the method names ks
  and jensenshannon, and with the names of registered tests of numbers and of categories
- the dictionary of a snapshot: ``metrics`` with ``metric_name`` (``ValueDrift...`` for a column),
  ``value`` and ``config`` (``column``, ``method``); ``tests`` with ``status`` and
  ``metric_config.params.column``
- ``ValueDrift`` and ``ValueDriftCalculation``: another metric may take over ``calculate``
  and leave out ``_render``, and the preset's page is the same
- ``Snapshot.get_html_str(as_iframe=False)``: a page that loads nothing from the network
"""

import os
import re
from typing import Any

os.environ.setdefault("DO_NOT_TRACK", "1")

import numpy as np
import pandas as pd
import pytest
from evidently import DataDefinition, Dataset, Report
from evidently.core.report import Snapshot
from evidently.legacy.calculations.stattests.registry import StatTest, register_stattest
from evidently.legacy.core import ColumnType
from evidently.presets import DataDriftPreset

from homestead.drift.evidently import compare_columns

OURS = "Evidently has changed: adapt homestead/drift/evidently.py"
_RANDOM = re.compile(r"[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}")
METHODS = {"a": "ks", "b": "number_test", "c": "jensenshannon", "d": "contract_test"}
CALLS: list[tuple[int, int, Any, float]] = []


def contract_test(
    reference: pd.Series, current: pd.Series, column_type: ColumnType, level: float
) -> tuple[float, bool]:
    CALLS.append((len(reference), len(current), column_type, level))
    return 0.25, False


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    """Return a comparison of 300 rows with 200, of which only column a has moved."""
    register_stattest(
        StatTest(
            name="contract_test",
            display_name="contract test",
            allowed_feature_types=[ColumnType.Categorical],
            default_threshold=0.05,
        ),
        contract_test,
    )
    register_stattest(
        StatTest(
            name="number_test",
            display_name="number test",
            allowed_feature_types=[ColumnType.Numerical],
            default_threshold=0.1,
        ),
        lambda reference, current, column_type, level: (0.0, False),
    )
    spread = np.concatenate([np.linspace(0, 1, 300), np.linspace(0, 1, 200)])
    names = np.tile(["x", "y"], 250)
    rows = pd.DataFrame({"a": spread, "b": spread, "c": names, "d": names})
    rows.loc[300:, "a"] += 5
    definition = DataDefinition(numerical_columns=["a", "b"], categorical_columns=["c", "d"])
    reference, current = (
        Dataset.from_pandas(part.reset_index(drop=True), data_definition=definition)
        for part in (rows[:300], rows[300:])
    )
    preset = DataDriftPreset(columns=[*METHODS], drift_share=0.5, per_column_method=METHODS)
    return Report([preset], include_tests=True).run(current, reference)


def test_each_column_has_one_metric_with_its_value_and_method(snapshot: Snapshot) -> None:
    metrics = [m for m in snapshot.dict()["metrics"] if m["metric_name"].startswith("ValueDrift")]
    methods = {metric["config"]["column"]: metric["config"]["method"] for metric in metrics}
    assert methods == METHODS, f"{OURS}: _columns"
    assert len(metrics) == len(METHODS), f"{OURS}: _columns"
    assert all(np.isfinite(float(metric["value"])) for metric in metrics), f"{OURS}: _columns"


def test_each_column_has_a_test_that_fails_on_drift(snapshot: Snapshot) -> None:
    status = {
        test["metric_config"]["params"].get("column"): test["status"]
        for test in snapshot.dict()["tests"]
    }
    drifted = {name for name in METHODS if status[name] == "FAIL"}
    assert drifted == {"a"}, f"{OURS}: _columns"


def test_a_registered_test_gets_reference_current_type_and_level(snapshot: Snapshot) -> None:
    assert snapshot.dict()["metrics"]
    assert CALLS, f"{OURS}: register_stattest"
    assert CALLS[0] == (300, 200, ColumnType.Categorical, 0.05), f"{OURS}: _two_sample_chisquare"
    values = {
        metric["config"]["column"]: float(metric["value"])
        for metric in snapshot.dict()["metrics"]
        if metric["metric_name"].startswith("ValueDrift")
    }
    assert values["d"] == 0.25, f"{OURS}: _two_sample_chisquare"


def test_the_page_loads_nothing_from_the_network(snapshot: Snapshot) -> None:
    html = snapshot.get_html_str(as_iframe=False)
    assert "<html" in html, f"{OURS}: compare_columns"
    assert not re.findall(r"<(?:script|link)[^>]+(?:src|href)=[\"']https?:", html), OURS


def test_the_page_without_discarded_pictures_is_evidentlys_own() -> None:
    numbers = np.linspace(0, 1, 300)
    rows = pd.DataFrame({"a": numbers, "b": numbers**2})
    served = rows.assign(a=numbers + 5)
    _, ours = compare_columns(rows, served, {}, 0.5)
    definition = DataDefinition(numerical_columns=["a", "b"])
    reference, current = (Dataset.from_pandas(part, definition) for part in (rows, served))
    preset = DataDriftPreset(
        columns=["a", "b"], drift_share=0.5, per_column_method={"a": "ks", "b": "ks"}
    )
    own = Report([preset], include_tests=True).run(current, reference)
    pages = [_without_random_names(page) for page in (ours, own.get_html_str(as_iframe=False))]
    assert "plotly" in pages[1], f"{OURS}: _Preset"
    assert pages[0] == pages[1], f"{OURS}: _Preset"


def _without_random_names(page: str) -> str:
    """Return a page whose random names are numbered as they appear."""
    numbers: dict[str, str] = {}
    return _RANDOM.sub(lambda found: numbers.setdefault(found[0], f"name {len(numbers)}"), page)
