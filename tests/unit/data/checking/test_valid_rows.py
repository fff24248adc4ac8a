"""The file of valid rows: types, row groups and derived columns."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from homestead.data.checking.plain_values import ARROW_TYPES
from homestead.data.checking.valid_rows import valid_frame, write_valid
from homestead.problem.loader import parse_problem
from tests.raw_flats import RAW_FLATS

PROBLEM = parse_problem(RAW_FLATS)


def typed(rows: int, lacks_target: bool) -> pa.Table:
    values = {
        "id": np.arange(rows),
        "listed": pd.date_range("2024-01-01", periods=rows, freq="h").astype("datetime64[us]"),
        "rent": [None if lacks_target and i == 1 else 100.5 + i for i in range(rows)],
        "rooms": [1 + i % 9 for i in range(rows)],
        "baths": [None, *range(rows - 1)],
        "district": ["north"] * rows,
        "floor": [None] * rows,
        "lift": [True] * rows,
        "pets": [None] * rows,
    }
    return pa.table(
        {
            name: pa.array(values[name], ARROW_TYPES[column.type], from_pandas=True)
            for name, column in PROBLEM.columns.items()
        }
    )


@pytest.mark.parametrize("lacks_target", [True, False])
def test_the_file_is_read_as_the_frame(tmp_path: Path, lacks_target: bool) -> None:
    table = typed(30, lacks_target)
    parts = [table.slice(0, 20), table.slice(20)]
    path = tmp_path / "valid.parquet"
    write_valid(iter(parts), path, PROBLEM, lacks_target)
    frame = valid_frame(iter(parts), PROBLEM)
    pd.testing.assert_frame_equal(pd.read_parquet(path), frame)
    assert frame["size"].tolist() == [11 + 10 * (i % 9) for i in range(30)]
    assert str(frame["baths"].dtype) == "Int64"
    assert pq.read_metadata(path).num_row_groups == 2
    # A column without values has its type, too.
    assert pq.read_schema(path).field("floor").type == pa.string()
    assert "trend" not in frame
