"""Batches as bytes and back: what the rules see on an executor is what they would see here."""

import math
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from homestead.data.checking.batches import Batch
from homestead.data.checking.check_batch import BatchCheck, CheckedBatch
from homestead.data.checking.on_executors.messages import (
    decode_batch,
    decode_checked,
    encode_batch,
    encode_checked,
)
from tests.raw_flats import raw_flats_rows
from tests.unit.data.checking.test_check_source import dirty_rows, flats
from tests.unit.engine.test_spark_tasks import HARD


def there_and_back(batch: Batch, columns: list[str]) -> Batch:
    content = encode_batch(batch, columns)
    assert content is not None
    return decode_batch(content)


def test_values_of_arrow_keep_their_types_and_bits() -> None:
    found = there_and_back(Batch(2**40, HARD), HARD.column_names)
    assert found.start == 2**40
    assert found.table.schema == HARD.schema
    for name in HARD.column_names:
        before, after = HARD.column(name), found.table.column(name)
        assert after.null_count == before.null_count
        if pa.types.is_floating(before.type):
            bits = [c.to_numpy().astype(float).tobytes() for c in (before, after)]
            assert bits[0] == bits[1]
        else:
            assert after.equals(before)


def test_only_columns_of_interest_travel() -> None:
    table = HARD.replace_schema_metadata({b"pandas": b"{}"})
    found = there_and_back(Batch(7, table), ["id", "text", "elsewhere"])
    assert found.table.column_names == ["id", "text"]
    assert found.table.schema.metadata is None
    assert len(found) == len(HARD)
    # Nothing would say how many rows a table without columns has.
    assert encode_batch(Batch(7, table), ["elsewhere"]) is None


def test_values_of_json_come_back_as_they_were() -> None:
    values: list[Any] = [
        *(None, True, 1, 1.0, "1", 10**30, -0.0, "", "\ud800", "\u2028", 5e-324, math.inf),
        math.nan,
    ]
    index = pd.Index(range(3, 16), name="line")
    frame = pd.DataFrame({"a": pd.Series(values, index, dtype=object)})
    found = there_and_back(Batch(5, frame.assign(b=None)), ["a", "b"])
    for before, after in zip(values, found.table["a"], strict=True):
        assert type(after) is type(before)
        assert repr(after) == repr(before)
    assert found.table["a"].dtype == object
    assert len(there_and_back(Batch(5, frame), [])) == len(values)


@pytest.mark.parametrize("values", [[Decimal("1.0")], [pd.Timestamp(0)], [b"x"], [np.int64(1)]])
def test_what_json_has_no_text_for_stays_here(values: list[Any]) -> None:
    frame = pd.DataFrame({"a": pd.Series(values, dtype=object)})
    assert encode_batch(Batch(0, frame), ["a"]) is None
    assert encode_batch(Batch(0, pd.DataFrame({"a": [1.5]})), ["a"]) is None


def as_values(checked: CheckedBatch) -> dict[str, Any]:
    values = dict(vars(checked), good=checked.good.to_pydict())
    # Of a column with a value that can be read nobody asks for the first that cannot.
    counts = {
        name: (count.present, count.unreadable, count.is_wrong and count.first, count.examples)
        for name, count in checked.columns.items()
    }
    return values | {"raw": checked.raw.to_csv(), "schema": checked.good.schema, "columns": counts}


@pytest.mark.parametrize("start", [0, 700])
def test_what_was_found_comes_back_with_the_rows_as_read(start: int) -> None:
    """Examples of a column without any value that can be read come from the batch itself."""
    problem = flats(Path("flats.csv"))
    rows = dirty_rows(2, share=0.1).assign(rooms="two")
    table = pa.table({name: pa.array(rows[name], pa.string()) for name in rows})
    check = BatchCheck(problem, {})
    for batch in (Batch(start, table), Batch(start, raw_flats_rows())):
        expected = check.check(batch)
        found = decode_checked(encode_checked(expected), batch, check)
        assert as_values(found) == as_values(expected)
    assert check.check(Batch(start, table)).columns["rooms"].examples[:2] == ["two", "two"]
