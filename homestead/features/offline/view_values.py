"""Values of a view at given times, for many rows at once, and where other values came from."""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from homestead.names import EVENT_TIME

if TYPE_CHECKING:
    import duckdb

_MICROSECONDS = 1e6


class OfflineValues(NamedTuple):
    """Values that were known at the rows' times.

    Attributes:
        values: (rows, names) float64, NaN where none is known.
        times: (rows,) event times in seconds since 1970, NaN where the entity was unknown.
    """

    values: np.ndarray
    times: np.ndarray


class ValueOrigin(NamedTuple):
    """Where values that differ from the offline ones stand in the view.

    Attributes:
        times: (rows,) event time of the newest row of the entity with the value that was known at
            the time, or else of its next one; seconds since 1970, NaN if no row has the value.
        replaced_at: (rows,) event time of the entity's row after that one; infinite for its last.
    """

    times: np.ndarray
    replaced_at: np.ndarray


class OfflineView:
    """A view's table in a database in memory."""

    def __init__(
        self, connection: "duckdb.DuckDBPyConnection", number: int, table: pd.DataFrame, entity: str
    ) -> None:
        """Take the table.

        Args:
            number: unique among the connection's views.
            table: entity, event time and numbers, as
                :func:`homestead.features.views.view_tables` returns it; further columns of numbers
                are values, too.
        """
        self.names = [column for column in table if column not in (entity, EVENT_TIME)]
        self._connection = connection
        self._positions = {value: f"v{i}" for i, value in enumerate(self.names)}
        self._is_text = not pd.api.types.is_numeric_dtype(table[entity])
        self._table = f"offline_{number}"
        content = {"key": self._keys(table[entity]), "time": _event_times(table[EVENT_TIME])}
        content |= {
            column: pa.array(table[value].to_numpy(dtype=float), from_pandas=True)
            for value, column in self._positions.items()
        }
        registered = pa.table(content)
        connection.register("given_table", registered)
        connection.execute(f"CREATE TEMP TABLE {self._table} AS SELECT * FROM given_table")
        connection.unregister("given_table")

    def latest_known(self, keys: pd.Series, times: np.ndarray) -> OfflineValues:
        """Return each row's latest values at its time, whatever their age.

        Args:
            keys: (rows,) canonical keys, missing for rows without an entity.
            times: (rows,) seconds since 1970.
        """
        self._register(keys, times)
        selected = ", ".join(f"v.{column}" for column in ("time", *self._positions.values()))
        found = self._connection.execute(
            f"SELECT {selected} FROM rows AS r ASOF LEFT JOIN {self._table} AS v"
            " ON r.key = v.key AND r.time >= v.time ORDER BY r.position"
        ).fetchnumpy()
        columns = [_doubles(found[column]) for column in self._positions.values()]
        values = np.column_stack(columns) if columns else np.empty((len(keys), 0))
        return OfflineValues(values, _doubles(found["time"]) / _MICROSECONDS)

    def origin(
        self, name: str, keys: pd.Series, times: np.ndarray, values: np.ndarray
    ) -> ValueOrigin:
        """Return which rows of the entities hold given values of ``name``.

        Args:
            keys, times: as in :meth:`latest_known`.
            values: (rows,) float64; NaN stands for a missing value.
        """
        self._register(keys, times, values)
        column = self._positions[name]
        found = self._connection.execute(
            f"""
            WITH known AS (
              SELECT key, time, {column} AS value,
                     lead(time) OVER (PARTITION BY key ORDER BY time) AS replaced_at
              FROM {self._table}
            )
            SELECT coalesce(max(v.time) FILTER (v.time <= r.time),
                            min(v.time) FILTER (v.time > r.time)) AS time,
                   arg_max(coalesce(v.replaced_at, {2**62}), v.time)
                     FILTER (v.time <= r.time) AS replaced_at
            FROM rows AS r LEFT JOIN known AS v
              ON r.key = v.key AND r.value IS NOT DISTINCT FROM v.value
            GROUP BY r.position ORDER BY r.position
            """
        ).fetchnumpy()
        replaced_at = _doubles(found["replaced_at"])
        return ValueOrigin(
            _doubles(found["time"]) / _MICROSECONDS,
            np.where(replaced_at >= 2.0**62, np.inf, replaced_at / _MICROSECONDS),
        )

    def _register(
        self, keys: pd.Series, times: np.ndarray, values: np.ndarray | None = None
    ) -> None:
        rows = {
            "position": np.arange(len(keys)),
            "key": self._keys(keys),
            "time": np.floor(times * _MICROSECONDS).astype(np.int64),
        }
        if values is not None:
            rows["value"] = pa.array(values, from_pandas=True)
        self._connection.register("rows", pa.table(rows))

    def _keys(self, keys: pd.Series) -> pa.Array:
        return pa.Array.from_pandas(keys, type=pa.string() if self._is_text else pa.int64())


def _event_times(times: pd.Series) -> np.ndarray:
    return times.to_numpy("datetime64[us]").astype(np.int64)


def _doubles(column: Any) -> np.ndarray:
    """Return a column of DuckDB as float64, NaN for null."""
    return np.ma.filled(np.ma.asarray(column).astype(float), np.nan)
