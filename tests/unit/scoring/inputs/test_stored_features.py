"""Stored features for many rows: of the online store, and of past times."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from homestead.errors import UserError
from homestead.features.stored_rows import StoredRow
from homestead.features.views import write_views
from homestead.names import EVENT_TIME
from homestead.scoring.inputs.stored_features import (
    FOUND,
    UNKNOWN,
    OnlineFeatures,
    PastFeatures,
)
from homestead.serving.errors import RefusedError
from homestead.serving.features import lookup
from homestead.settings import Settings
from tests.homes import VIEWS, homes_contract
from tests.lookups import FakeStore

_CELLS, _HOMES = VIEWS


def _past(folder: Path) -> PastFeatures:
    times = pd.to_datetime(["2020-01-01", "2020-01-05", "2020-01-03"])
    cells = pd.DataFrame({"cell": [475, 475, 480], EVENT_TIME: times, "near": [0.1, 0.2, np.nan]})
    homes = pd.DataFrame({"id": [7], EVENT_TIME: times[:1]})
    write_views(
        {"cells": cells, "homes": homes.assign(**dict.fromkeys(_HOMES.features, 1.0))}, folder
    )
    return PastFeatures(homes_contract(), folder)


def _seconds(text: str) -> float:
    return pd.Timestamp(text).timestamp()


def test_past_values_are_the_latest_at_each_rows_time(tmp_path: Path) -> None:
    past = _past(tmp_path)
    days = ["2019-12-31", "2020-01-01", "2020-01-04", "2020-01-05", "2020-01-09", "2020-01-09"]
    keys = pd.Series([475, 475, 475, 475, 480, None], dtype="Int64")
    found = past.of_view(_CELLS, keys, np.array([_seconds(day) for day in days]))
    assert found.states.tolist() == [UNKNOWN, FOUND, FOUND, FOUND, UNKNOWN, UNKNOWN]
    assert found.values[1:4, 0].tolist() == [0.1, 0.1, 0.2]
    entities = [("cells", 475), ("homes", 7), ("cells", 480)]
    rows = past.of_entities(entities, [_seconds(days[2])] * 3)
    assert rows[0] == StoredRow({"near": 0.1}, _seconds("2020-01-01"))
    assert isinstance(rows[1], StoredRow)
    assert rows[2] is None
    past.close()


def test_a_view_that_the_problem_lost_is_named(tmp_path: Path) -> None:
    write_views({"homes": pd.DataFrame({"id": [7], EVENT_TIME: [pd.Timestamp(0)]})}, tmp_path)
    with pytest.raises(
        UserError, match=r"^view cells: the problem file has no cell, near any more"
    ):
        PastFeatures(homes_contract(), tmp_path)


def test_the_online_store_is_asked_once_for_each_entity(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = FakeStore()
    monkeypatch.setattr(lookup, "row_reader", store)
    online = OnlineFeatures(homes_contract(), settings)
    keys = pd.Series([2, 3, 2, None], dtype="Int64")
    found = online.of_view(_CELLS, keys, np.zeros(4))
    assert found.states.tolist() == [FOUND, UNKNOWN, FOUND, UNKNOWN]
    assert found.values[0, 0] == 1.0
    known, refused = online.of_entities([("cells", 2), ("cells", 2**70)], [0.0, 0.0])
    assert isinstance(known, StoredRow)
    assert isinstance(refused, RefusedError)
    assert "which the feature store cannot hold as a key" in str(refused)
    assert store.reads == [[b"cells 2", b"cells 3"]]
    online.close()
    assert store.is_closed


def test_a_store_that_cannot_be_read_ends_the_job(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = FakeStore()
    store.error = OSError("away")
    monkeypatch.setattr(lookup, "row_reader", store)
    online = OnlineFeatures(homes_contract(), settings)
    with pytest.raises(
        UserError, match=r"^the feature store cannot be read; what is scored so far"
    ):
        online.of_view(_CELLS, pd.Series([2], dtype="Int64"), np.zeros(1))
    online.close()
