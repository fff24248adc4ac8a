"""Stored features for many rows at once: the newest of the online store, or those of past times."""

import asyncio
import math
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
import pandas as pd

from homestead.engine.limits import connect
from homestead.errors import UserError
from homestead.features.offline.view_values import OfflineView
from homestead.features.stored_rows import Entity, StoredRow
from homestead.features.views import view_file
from homestead.problem.contract import Contract, ContractView
from homestead.serving.errors import RefusedError, StoreTimeoutError, StoreUnavailableError
from homestead.serving.features.lookup import CANNOT_BE_READ, FeatureLookup
from homestead.serving.features.lookup_steps import LookedUpRow, read_in_parts
from homestead.serving.metrics.metric_registry import ServerMetrics
from homestead.settings import Settings
from homestead.threads import cpu_limit

# A cold store takes its time, and no client waits.
_LOOKUP_TIMEOUT_MS = 10_000.0
_FIRST_READ_S = 30.0
# Entities whose values are kept for the rows that follow; 1 KB each.
_MAX_KEPT_ENTITIES = 200_000
FOUND, UNKNOWN, UNREADABLE = range(3)


class ViewValues(NamedTuple):
    """What a view holds for rows.

    Attributes:
        values: (rows, features of the view) float64, NaN for a missing one.
        event_times: (rows,) seconds since 1970.
        states: (rows,) ``FOUND``, ``UNKNOWN`` or ``UNREADABLE``; the others have no values.
    """

    values: np.ndarray
    event_times: np.ndarray
    states: np.ndarray


class StoredFeatures(Protocol):
    """Values of a contract's views."""

    def of_view(self, view: ContractView, keys: pd.Series, times: np.ndarray) -> ViewValues:
        """Return a view's values for rows.

        Args:
            keys: (rows,) canonical keys, missing for rows without an entity.
            times: (rows,) the rows' times, seconds since 1970.

        Raises:
            UserError: the store cannot be read now.
        """

    def of_entities(
        self, entities: Sequence[Entity], times: Sequence[float]
    ) -> list[LookedUpRow | RefusedError]:
        """Return the rows of entities at the times of those that ask.

        Returns:
            As a server's look-up; a RefusedError for a key that no store can hold.

        Raises:
            UserError: the store cannot be read now.
        """

    def close(self) -> None:
        """Release connections and threads."""


class OnlineFeatures:
    """The newest values, through the look-up of a server."""

    def __init__(self, contract: Contract, settings: Settings) -> None:
        """Open the store with the first rows that need it."""
        self._contract = contract
        self._settings = settings.model_copy(update={"lookup_timeout_ms": _LOOKUP_TIMEOUT_MS})
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lookup: FeatureLookup | None = None
        self._kept: dict[Entity, LookedUpRow | RefusedError] = {}

    def of_view(self, view: ContractView, keys: pd.Series, times: np.ndarray) -> ViewValues:
        """Return the newest values, whatever the times."""
        codes, distinct = pd.factorize(keys)
        entities: list[Entity] = [(view.name, _plain(key)) for key in distinct]
        empty = np.full(len(view.features), np.nan)
        values = np.empty((len(entities) + 1, len(view.features)))
        event_times = np.full(len(entities) + 1, np.nan)
        states = np.full(len(entities) + 1, UNKNOWN)
        values[-1] = empty
        for i, row in enumerate(self._read(entities)):
            if isinstance(row, StoredRow):
                # None becomes NaN.
                values[i] = np.array([row.values[name] for name in view.features], dtype=float)
                event_times[i], states[i] = row.event_time, FOUND
            else:
                values[i], states[i] = empty, UNKNOWN if row is None else UNREADABLE
        return ViewValues(values[codes], event_times[codes], states[codes])

    def of_entities(
        self, entities: Sequence[Entity], times: Sequence[float]
    ) -> list[LookedUpRow | RefusedError]:
        """Return the newest rows, whatever the times."""
        return self._read(entities)

    def close(self) -> None:
        """End the look-up and its event loop."""
        if self._loop is not None and self._lookup is not None:
            self._loop.run_until_complete(self._closed(self._lookup))
            self._loop.close()
            self._loop = self._lookup = None

    async def _closed(self, lookup: FeatureLookup) -> None:
        lookup.close(at_once=True)

    def _read(self, entities: Sequence[Entity]) -> list[LookedUpRow | RefusedError]:
        lacking = [e for e in dict.fromkeys(entities) if e not in self._kept]
        if lacking:
            if len(self._kept) > _MAX_KEPT_ENTITIES:
                self._kept.clear()
                lacking = list(dict.fromkeys(entities))
            self._kept.update(zip(lacking, self._read_store(lacking), strict=True))
        return [self._kept[entity] for entity in entities]

    def _read_store(self, entities: list[Entity]) -> list[LookedUpRow | RefusedError]:
        if self._loop is None or self._lookup is None:
            self._loop = asyncio.new_event_loop()
            self._lookup = FeatureLookup(self._contract, self._settings, ServerMetrics())
            self._lookup.open()
            # Until then it is not known which views the store holds nothing of.
            self._lookup.wait_until_tried(_FIRST_READ_S)
        rows = self._read_halves(self._loop, self._lookup, entities)
        for row in rows:
            if isinstance(row, StoreTimeoutError) or (
                isinstance(row, StoreUnavailableError) and str(row).startswith(CANNOT_BE_READ)
            ):
                raise UserError(
                    f"{str(row).removesuffix('; try again')}; what is scored so far is kept: run"
                    " the command again"
                )
        return rows

    def _read_halves(
        self, loop: asyncio.AbstractEventLoop, lookup: FeatureLookup, entities: list[Entity]
    ) -> list[LookedUpRow | RefusedError]:
        """Read entities; those that the store cannot hold as a key are found by halving."""
        try:
            return list(loop.run_until_complete(lookup.result_of(read_in_parts(entities))))
        except RefusedError as error:
            if len(entities) == 1:
                return [error]
            half = len(entities) // 2
            return self._read_halves(loop, lookup, entities[:half]) + self._read_halves(
                loop, lookup, entities[half:]
            )


class PastFeatures:
    """The values that were known at each row's time, from the views' tables."""

    def __init__(self, contract: Contract, folder: Path) -> None:
        """Read the views' tables.

        Args:
            folder: as :func:`homestead.features.views.write_views` has written it.

        Raises:
            UserError: a view, or a feature of it, is not in the problem file any more.
        """
        self._opened = ExitStack()
        # Each scoring process has one.
        connection = self._opened.enter_context(
            connect(threads=1, connections=cpu_limit(), purpose="features of past times")
        )
        self._views: dict[str, OfflineView] = {}
        for number, view in enumerate(contract.views):
            path = view_file(folder, view.name)
            table = pd.read_parquet(path) if path.exists() else pd.DataFrame()
            if lacking := {view.entity, *view.features} - set(table.columns):
                raise UserError(
                    f"view {view.name}: the problem file has no {', '.join(sorted(lacking))} any"
                    " more, which the champion needs for past rows; train a new one, or score with"
                    " --features online"
                )
            self._views[view.name] = OfflineView(connection, number, table, view.entity)

    def of_view(self, view: ContractView, keys: pd.Series, times: np.ndarray) -> ViewValues:
        """Return the latest values at the rows' times, whatever their age."""
        offline = self._views[view.name]
        found = offline.latest_known(keys, times)
        values = found.values[:, [offline.names.index(name) for name in view.features]]
        # As in the online store, an entity without any value is unknown.
        is_known = ~np.isnan(found.times) & ~np.isnan(values).all(axis=1)
        return ViewValues(values, found.times, np.where(is_known, FOUND, UNKNOWN))

    def of_entities(
        self, entities: Sequence[Entity], times: Sequence[float]
    ) -> list[LookedUpRow | RefusedError]:
        """Return the latest rows at the times of those that ask."""
        rows: list[LookedUpRow | RefusedError] = [None] * len(entities)
        for name, offline in self._views.items():
            places = [i for i, (view, _) in enumerate(entities) if view == name]
            if not places:
                continue
            keys = pd.Series([entities[i][1] for i in places], dtype=object)
            names = [str(each) for each in offline.names]
            found = offline.latest_known(keys, np.array([times[i] for i in places], dtype=float))
            for i, values, event_time in zip(
                places, found.values.tolist(), found.times.tolist(), strict=True
            ):
                row = StoredRow(
                    {n: None if math.isnan(v) else v for n, v in zip(names, values, strict=True)},
                    event_time,
                )
                rows[i] = None if math.isnan(event_time) or row.is_empty else row
        return rows

    def close(self) -> None:
        """Close the database."""
        self._opened.close()


def _plain(key: Any) -> Any:
    """Return a scalar of numpy as Python's."""
    return key.item() if hasattr(key, "item") else key
