"""Requests from rows and frames: their values, their sizes and their names."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import msgspec
import numpy as np
import pandas as pd
import pytest

from homestead.client import batches
from homestead.client.batches import (
    batch_of_row,
    batches_of_columns,
    batches_of_rows,
    frame_columns,
    new_key,
)
from homestead.client.errors import InvalidRequestError


def test_rows_are_cut_where_there_are_many_or_they_are_large(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(batches, "_MAX_BODY_BYTES", 60)
    rows = [{"text": "x" * n} for n in (1, 30, 30, 9, 1)]
    parts = list(batches_of_rows(rows, 4))
    assert [row for part in parts for row in msgspec.json.decode(part.body)] == rows
    assert [(part.start, part.size) for part in parts] == [(0, 2), (2, 1), (3, 1), (4, 1)]
    assert all(len(part.body) <= 60 for part in parts)
    with pytest.raises(InvalidRequestError, match="row 1: found 113 bytes, allowed are 60"):
        list(batches_of_rows([{"a": 1}, {"text": "x" * 100}], 4))
    columns = {"text": [row["text"] for row in rows]}
    found = [msgspec.json.decode(part.body) for part in batches_of_columns(columns, 5, 4)]
    assert [text for part in found for text in part["text"]] == columns["text"]


def test_a_row_that_is_none_is_named() -> None:
    with pytest.raises(InvalidRequestError, match="row 1: found int, allowed is a mapping") as e:
        list(batches_of_rows([{"a": 1}, 7], 10))  # type: ignore[list-item]
    assert e.value.row == 1


def test_a_frames_values_are_those_of_json() -> None:
    times = pd.to_datetime(pd.Series(["2015-05-27T10:00:00Z", None]))
    frame = pd.DataFrame(
        {
            "id": pd.array([7129300520, None], dtype="Int64"),
            "area": [0.1 + 0.2, np.nan],
            "lift": pd.array([True, None], dtype="boolean"),
            "kind": pd.Categorical(["house", None]),
            "sold": times,
            "note": ["a", pd.NA],
            "rooms": np.array([3, 4], dtype=np.int32),
            "mixed": [np.float64(1.5), datetime(2020, 1, 1, tzinfo=UTC)],
            "month": pd.PeriodIndex(["2015-05", None], freq="M"),
            "price": [Decimal("12.5"), None],
        }
    )
    columns = frame_columns(frame)
    (part,) = batches_of_columns(columns, 2, 10)
    first, second = ({n: v[i] for n, v in msgspec.json.decode(part.body).items()} for i in (0, 1))
    assert first == {
        "id": 7129300520,
        "area": 0.1 + 0.2,
        "lift": True,
        "kind": "house",
        "sold": "2015-05-27T10:00:00+00:00",
        "note": "a",
        "rooms": 3,
        "mixed": 1.5,
        "month": "2015-05-01T00:00:00",
        "price": 12.5,
    }
    assert list(second.values()) == [None] * 6 + [4, "2020-01-01T00:00:00+00:00", None, None]


def test_numbers_keep_their_bits() -> None:
    values = [5e-324, 1.7976931348623157e308, 0.1, 1 / 3, -0.0, 2.0**53 + 2]
    body = batch_of_row({str(i): value for i, value in enumerate(values)}).body
    found = list(msgspec.json.decode(body).values())
    assert np.array(found).tobytes() == np.array(values).tobytes()


def test_two_columns_of_one_name_are_refused() -> None:
    frame = pd.DataFrame([[1, 2]], columns=["a", "a"])
    with pytest.raises(InvalidRequestError, match="a: the frame has two columns of this name"):
        frame_columns(frame)


def test_keys_are_distinct_uuids_sorted_by_time() -> None:
    keys = [new_key() for _ in range(100)]
    assert len(set(keys)) == 100
    assert {UUID(key).version for key in keys} == {7}
    times = [UUID(key).int >> 80 for key in keys]
    assert times == sorted(times)
