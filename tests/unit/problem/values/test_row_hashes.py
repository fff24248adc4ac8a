"""Hashes of tables: the same for the same values, whatever holds them."""

from io import BytesIO

import pandas as pd
import pytest

from homestead.problem.values.row_hashes import table_hash

ROWS = pd.DataFrame(
    {
        "area": [80.5, float("nan")],
        "rooms": pd.array([3, None], dtype="Int64"),
        "kind": ["flat", None],
        "lift": pd.array([True, None], dtype="boolean"),
        "day": pd.to_datetime(["2024-01-01", "2024-01-02"]),
    }
)


def test_a_table_has_the_same_hash_after_it_was_stored() -> None:
    stored = BytesIO()
    ROWS.to_parquet(stored, index=False)
    assert table_hash(pd.read_parquet(stored)) == table_hash(ROWS)
    assert len(table_hash(ROWS)) == 64


@pytest.mark.parametrize(
    "changed",
    [
        ROWS.assign(area=[80.5, 0.0]),
        ROWS.assign(area=[80.50000000000001, float("nan")]),
        ROWS.rename(columns={"area": "size"}),
        ROWS[::-1],
        ROWS.head(1),
        ROWS[list(reversed(ROWS.columns))],
    ],
)
def test_another_value_name_order_or_row_gives_another_hash(changed: pd.DataFrame) -> None:
    assert table_hash(changed) != table_hash(ROWS)
