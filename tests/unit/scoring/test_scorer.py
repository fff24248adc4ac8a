"""Scored parts: rows of the log, and predictions that are not finite."""

import json
import time

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from homestead.errors import UserError
from homestead.model.onnx_model import Model
from homestead.problem.sections.column import Column
from homestead.problem.sections.source_format import SourceFormat
from homestead.scoring.inputs.stored_features import OnlineFeatures
from homestead.scoring.result import ResultColumns
from homestead.scoring.scorer import LogIdentity, ScoredPart, Scorer
from homestead.settings import Settings
from tests.scored import small_rows
from tests.small_models import small_onnx

_LOG = LogIdentity("0123456789abcdef" * 2, 1_700_000_000.5)


def _scored(
    settings: Settings, rows: pd.DataFrame, content: bytes, log_key: str = "", part: int = 4
) -> ScoredPart:
    model = Model(content)
    columns = ResultColumns(model.contract, model.digest, "3", pa.Schema.from_pandas(rows), ())
    stored = OnlineFeatures(model.contract, settings)
    scorer = Scorer(model, "3", stored, SourceFormat(), columns, time.time(), _LOG, log_key)
    return scorer.score(part, 11, rows)


def test_the_log_gets_the_answered_rows_under_ids_that_a_rerun_makes_again(
    settings: Settings,
) -> None:
    rows = small_rows(2500)
    scored = _scored(settings, rows, small_onnx())
    entries = [json.loads(line) for line in scored.log_lines.splitlines()]
    assert scored.table["row"][0].as_py() == 11
    assert [len(entry["predictions"]) for entry in entries] == [1000, 1000, 143]
    assert len({entry["id"] for entry in entries}) == 3
    assert all(len(entry["id"]) == 33 for entry in entries)
    answered = rows[rows.area <= 500]
    assert [key for entry in entries for key in entry["entities"]] == list(map(str, answered.id))
    assert entries[0]["features"][0] == [20.0, 1.0]
    assert _scored(settings, rows, small_onnx()).log_lines == scored.log_lines
    others = _scored(settings, rows, small_onnx(), part=5).log_lines
    assert json.loads(others.splitlines()[0])["id"] != entries[0]["id"]


def test_sensitive_columns_are_hashed_as_by_a_server(settings: Settings) -> None:
    columns = {
        "id": Column(type="integer", sensitive="hash"),
        "area": Column(type="number"),
        "rooms": Column(type="integer", sensitive="hash"),
    }
    content = small_onnx(columns=columns)
    with pytest.raises(UserError, match="HOMESTEAD_LOG_KEY: required to hash"):
        _scored(settings, small_rows(3), content)
    (line,) = _scored(settings, small_rows(3), content, "secret").log_lines.splitlines()
    entry = json.loads(line)
    assert all(len(key) == 32 for key in entry["entities"])
    assert all(len(values[1]) == 32 for values in entry["features"])


def test_a_prediction_that_is_not_finite_is_refused_alone(settings: Settings) -> None:
    columns = {
        "id": Column(type="integer"),
        "area": Column(type="number"),
        "rooms": Column(type="integer"),
    }
    rows = small_rows(3).assign(area=[1.0, 1.5e308, 2.0])
    scored = _scored(settings, rows, small_onnx(1e10, columns=columns))
    table = scored.table.to_pandas()
    assert scored.refused == 1
    assert table.refusal.tolist() == [None, "the model's prediction is not finite", None]
    assert table.reason[1] == "value"
    assert np.isnan(table.prediction[1])
    assert table.prediction[[0, 2]].notna().all()
