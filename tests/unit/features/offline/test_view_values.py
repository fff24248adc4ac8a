"""Values of a view at given times: like a search by hand, for many rows at once."""

from collections.abc import Iterator

import duckdb
import numpy as np
import pandas as pd
import pytest

from homestead.engine.limits import connect
from homestead.features.offline.view_values import OfflineView
from homestead.names import EVENT_TIME

NAN = float("nan")


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with connect() as connection:
        yield connection


def _table(
    entity: str, keys: list[object], seconds: list[float], **values: list[float]
) -> pd.DataFrame:
    times = pd.to_datetime(pd.Series(seconds) * 1e9).astype("datetime64[us]").dt.tz_localize("UTC")
    return pd.DataFrame({entity: keys, EVENT_TIME: times, **values})


def test_many_rows_agree_with_a_search_by_hand(connection: duckdb.DuckDBPyConnection) -> None:
    draw = np.random.default_rng(0)
    keys = draw.integers(0, 30, 2_000)
    seconds = draw.permutation(2_000).astype(float)
    values = np.where(draw.random(2_000) < 0.1, NAN, draw.integers(0, 4, 2_000))
    view = OfflineView(connection, 0, _table("id", list(keys), list(seconds), v=list(values)), "id")
    asked = pd.Series(draw.integers(0, 32, 500)).astype("Int64")
    times = draw.uniform(-10, 2_010, 500)
    known = view.latest_known(asked, times)
    served = np.where(draw.random(500) < 0.2, NAN, draw.integers(0, 5, 500)).astype(float)
    origin = view.origin("v", asked, times, served)
    for i in range(500):
        mine = np.flatnonzero((keys == asked[i]) & (seconds <= times[i]))
        if len(mine) == 0:
            assert np.isnan(known.times[i])
        else:
            newest = mine[seconds[mine].argmax()]
            assert known.times[i] == seconds[newest]
            np.testing.assert_equal(known.values[i, 0], values[newest])
        holds = (values == served[i]) | (np.isnan(values) & np.isnan(served[i]))
        of_value = seconds[(keys == asked[i]) & holds]
        past, future = of_value[of_value <= times[i]], of_value[of_value > times[i]]
        expected = past.max() if len(past) else future.min() if len(future) else NAN
        np.testing.assert_equal(origin.times[i], expected)
        if len(past):
            after = seconds[(keys == asked[i]) & (seconds > past.max())]
            assert origin.replaced_at[i] == (after.min() if len(after) else np.inf)


def test_keys_may_be_texts_or_missing(connection: duckdb.DuckDBPyConnection) -> None:
    view = OfflineView(connection, 1, _table("kind", ["a", "b"], [0.0, 0.0], v=[1.0, 2.0]), "kind")
    known = view.latest_known(pd.Series(["b", None, "c"], dtype=object), np.full(3, 9.0))
    np.testing.assert_equal(known.values[:, 0], [2.0, NAN, NAN])
    assert view.names == ["v"]


def test_large_keys_stay_exact(connection: duckdb.DuckDBPyConnection) -> None:
    large = 2**53 + 1
    view = OfflineView(
        connection, 2, _table("id", [large, large - 1], [0.0, 0.0], v=[1.0, 2.0]), "id"
    )
    keys = pd.Series([large, large - 1], dtype="Int64")
    np.testing.assert_equal(view.latest_known(keys, np.ones(2)).values[:, 0], [1.0, 2.0])
