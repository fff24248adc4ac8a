"""DataFrames become the rows that a server would get."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from homestead.api.frame_rows import frame_rows
from homestead.api.inputs import FrameInputs
from homestead.errors import RefusedRowsError, UserError
from homestead.settings import Settings
from tests.homes import homes_contract

COMPLETE = {"area": 80, "rooms": 3, "lift": True, "kind": "house", "lat": 47.5, "near": 0.25}


def test_values_become_json_values() -> None:
    day = dt.datetime(2015, 3, 1, 12, 30)
    frame = pd.DataFrame(
        {
            "whole": pd.array([1, None], dtype="Int64"),
            "real": np.array([0.1, np.nan], dtype=np.float32),
            "flag": pd.array([True, None], dtype="boolean"),
            "text": ["a", None],
            "kind": pd.Categorical(["b", None]),
            "at": [pd.Timestamp(day, tz="UTC"), pd.NaT],
            "day": [day.date(), None],
            "month": pd.PeriodIndex(["2015-03", None], freq="M"),
            "money": [Decimal("1.50"), None],
            "left out": [1, 2],
        },
        index=pd.Index([7, 8], name="id"),
    )
    fields = {*frame.columns, "id"} - {"left out"}
    first, second = frame_rows(frame, fields)
    assert first == {
        "whole": 1,
        "real": float(np.float32(0.1)),
        "flag": True,
        "text": "a",
        "kind": "b",
        "at": "2015-03-01T12:30:00+00:00",
        "day": "2015-03-01",
        "month": "2015-03-01T00:00:00",
        "money": 1.5,
        "id": 7,
    }
    assert second == {**dict.fromkeys(first), "id": 8}
    assert {type(first["whole"]), type(first["flag"]), type(first["id"])} == {int, bool}
    assert frame_rows(frame[["left out"]], {"text"}) == [{}, {}]


def test_inputs_are_those_of_the_contract(settings: Settings) -> None:
    inputs = FrameInputs(homes_contract(), settings)
    frame = pd.DataFrame([{**COMPLETE, "sold": "2015-03-01"}, {**COMPLETE, "area": 90.0}])
    frame["sold"] = pd.to_datetime(frame["sold"])
    matrix = inputs.resolve(frame.assign(sold=frame["sold"].ffill()))
    assert matrix[:, 0].tolist() == [80.0, 90.0]
    assert np.isnan(matrix[:, 4]).all()
    assert inputs.resolve(frame.iloc[:0]).shape == (0, 8)


def test_a_refusal_names_the_row_of_the_frame(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("homestead.api.inputs._PART_ROWS", 2)
    inputs = FrameInputs(homes_contract(), settings)
    frame = pd.DataFrame([COMPLETE] * 5).assign(rooms=[3, 3, 3, 3, 99])
    with pytest.raises(RefusedRowsError, match=r"^row 4: rooms: found 99, allowed is 1 to 9$") as e:
        inputs.resolve(frame)
    assert (e.value.reason, e.value.row) == ("range", 4)
    with pytest.raises(RefusedRowsError, match=r"^row 3: rooms: found 99") as e:
        inputs.resolve(frame.iloc[1:])
    with pytest.raises(RefusedRowsError, match=r"^rooms: found 99") as e:
        inputs.resolve(frame.iloc[4:])
    assert e.value.row is None


def test_a_store_that_is_not_there_is_said(settings: Settings) -> None:
    inputs = FrameInputs(homes_contract(), settings)
    with pytest.raises(RefusedRowsError, match=r"^the feature store cannot be read$") as e:
        inputs.resolve(pd.DataFrame({"id": [7, 8]}))
    assert (e.value.reason, e.value.row) == ("features", None)


def test_the_target_is_left_out_and_an_unknown_column_is_said(settings: Settings) -> None:
    inputs = FrameInputs(homes_contract(), settings)
    frame = pd.DataFrame([{**COMPLETE, "price": 1.0}])
    assert inputs.resolve(frame).shape == (1, 8)
    with pytest.warns(UserWarning, match="homes: the model does not know the columns colour, pool"):
        inputs.resolve(frame.assign(colour="red", pool=True))
    with pytest.raises(UserError, match=r"frame: found dict, allowed is a pandas.DataFrame"):
        inputs.resolve(COMPLETE)  # type: ignore[arg-type]
    with pytest.raises(UserError, match="frame: column 'area' occurs twice"):
        inputs.resolve(pd.concat([frame, frame[["area"]]], axis=1))
