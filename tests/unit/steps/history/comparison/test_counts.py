"""Comparison of columns with views and expressions, also without time stamps."""

import numpy as np
import pandas as pd

from homestead.engine.limits import connect
from homestead.features.offline.view_values import OfflineView
from homestead.names import EVENT_TIME
from homestead.prediction_log.history.logged_inputs import logged_inputs
from homestead.problem.contract import ContractView
from homestead.steps.history.comparison.counts import compare_derived, compare_view
from homestead.steps.history.comparison.findings import MAX_NAMED, ParityReport
from homestead.steps.history.comparison.served_rows import ServedRows, served_rows
from homestead.steps.history.replayed import ReplayedPart
from tests.homes import homes_contract

_ROWS = 50


def _served() -> ServedRows:
    contract = homes_contract(features=("near", "area", "cell_size"), timestamp=None)
    area = np.linspace(10, 99, _ROWS)
    texts = [
        f'{{"near": {i}.0, "area": {a!r}, "cell_size": 0.0}}' for i, a in enumerate(area.tolist())
    ]
    inputs = logged_inputs(texts, contract)
    rows = pd.DataFrame(
        {
            "prediction_id": [f"p{i}" for i in range(_ROWS)],
            "row": 0,
            "version": "1",
            "at": 1.7e9,
            "entity": None,
        }
    )
    nothing = np.zeros(_ROWS)
    part = ReplayedPart(rows, None, inputs, nothing, nothing, [""] * _ROWS, nothing > 0)
    return served_rows(part, contract, inputs.matrix)


def test_without_time_stamps_values_have_no_age() -> None:
    view = ContractView(name="cells", entity="cell", features=("near",), ttl_days=1, missing="null")
    table = pd.DataFrame(
        {"cell": range(_ROWS), EVENT_TIME: pd.Timestamp(0, tz="UTC"), "near": [7.0] * _ROWS}
    )
    served, report = _served(), ParityReport(problem="homes")
    with connect() as connection:
        offline = OfflineView(connection, 0, table, "cell")
        keys = pd.Series(range(_ROWS), dtype="Int64")
        assert compare_view(report, served, view, offline, keys, 0, is_timed=False) == ["near"]
    near = report.features["near"]
    assert (near.compared, near.equal, near.mismatches) == (_ROWS, 1, {"different": _ROWS - 1})
    assert len(near.examples) == MAX_NAMED
    assert near.examples[0].offline_age_s is None
    assert not report.stale_rows


def test_expressions_are_compared_once() -> None:
    served, report = _served(), ParityReport(problem="homes")
    compare_derived(report, served, ["cell_size"])
    assert not report.features
    compare_derived(report, served, [])
    assert report.features["cell_size"].mismatches == {"derived": _ROWS}
    assert report.features["cell_size"].examples[0].offline == np.log(10)
