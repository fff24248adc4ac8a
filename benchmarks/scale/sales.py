"""House sales of any number: the real ones drawn again, each a little different.

The columns, their types and their joint law are those of the real table: a row is a real sale whose
place, sizes and price are moved a little. So many houses are sold again, and so many rows break a
rule of the problem file, as among the real ones.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

SALES = Path(__file__).parents[2] / "data" / "king_county_house_sales.parquet"
ROWS_PER_GROUP = 100_000
# Standard deviations of the logarithms of areas and prices, and of degrees: some 100 m.
_SIZE_NOISE, _PRICE_NOISE, _PLACE_NOISE = 0.05, 0.1, 0.001
_AREAS = ("sqft_above", "sqft_basement", "sqft_lot", "sqft_living15", "sqft_lot15")
# The problem file's limits, which a moved value keeps.
_LOWEST = {"sqft_above": 200, "sqft_lot": 200, "sqft_living15": 200, "sqft_lot15": 200}
_HIGHEST = {"sqft_basement": 10_000, "sqft_lot": 5_000_000, "sqft_lot15": 5_000_000}
_FIRST_ID = 1_000_000


def write_sales(path: Path, rows: int, seed: int = 0) -> None:
    """Write a Parquet file of sales, one row group at a time.

    The same number and seed give the same bytes. No two rows have the same house and day.

    Args:
        rows: their number, at least 1.
    """
    table = pq.read_table(SALES)
    real = table.to_pandas()
    resold = 1 - real.id.nunique() / len(real)
    with pq.ParquetWriter(path, table.schema) as writer:
        for number, start in enumerate(range(0, rows, ROWS_PER_GROUP)):
            draw = np.random.default_rng([seed, number])
            count = min(ROWS_PER_GROUP, rows - start)
            group = _moved(real, count, draw)
            group["id"] = _houses(group["date"], start, resold, draw)
            arrow = pa.Table.from_pandas(group, table.schema, preserve_index=False)
            writer.write_table(arrow, row_group_size=ROWS_PER_GROUP)


def _moved(real: pd.DataFrame, count: int, draw: np.random.Generator) -> pd.DataFrame:
    rows = real.iloc[draw.integers(len(real), size=count)].reset_index(drop=True)
    for name in _AREAS:
        moved = rows[name] * np.exp(draw.normal(0, _SIZE_NOISE, count))
        rows[name] = _whole(moved.clip(_LOWEST.get(name, 0), _HIGHEST.get(name, 20_000)))
    # Sizes have one sum: as among the real sales.
    rows["sqft_above"] = rows.sqft_above.clip(upper=20_000 - rows.sqft_basement)
    rows["sqft_living"] = rows.sqft_above + rows.sqft_basement
    price = rows.price * np.exp(draw.normal(0, _PRICE_NOISE, count))
    rows["price"] = _whole(price.clip(10_000, 20_000_000))
    for name, (low, high) in {"lat": (47, 48), "long": (-123, -121)}.items():
        rows[name] = (rows[name] + draw.normal(0, _PLACE_NOISE, count)).clip(low, high).round(4)
    return rows


def _whole(values: pd.Series) -> pd.Series:
    return values.round().astype("int64")


def _houses(
    days: pd.Series, start: int, resold: float, draw: np.random.Generator
) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """Return ids: a house of its own for each row, but for those that are sold again.

    Args:
        start: number of the first row.
        resold: share of rows whose house is that of another row of the group, on another day.
    """
    count = len(days)
    ids = np.arange(_FIRST_ID + start, _FIRST_ID + start + count, dtype=np.int64)
    order = draw.permutation(count)
    again = round(resold * count)
    later, earlier = order[:again], order[again : 2 * again]
    same_day = days.to_numpy()[later] == days.to_numpy()[earlier]
    ids[later[~same_day]] = ids[earlier[~same_day]]
    return ids
