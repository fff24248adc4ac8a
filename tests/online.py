"""Reads of online stores."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

from homestead.features.online_reader import RowReader, row_reader
from homestead.features.stored_rows import RowResult
from homestead.problem.contract import Contract, ContractView
from homestead.problem.entity_keys import EntityKey
from homestead.settings import Settings

# Keys to read, by view.
ViewKeys = Mapping[str, Iterable[EntityKey]]


async def read_rows(
    reader: RowReader, entities: Iterable[tuple[ContractView, EntityKey]]
) -> list[Any]:
    """Return the rows of views and keys, or raise the error of the read."""
    result: asyncio.Future[list[RowResult] | Exception]
    result = asyncio.get_running_loop().create_future()
    reader.start_read([reader.encode(view, key) for view, key in entities], result.set_result)
    rows = await result
    if isinstance(rows, Exception):
        raise rows
    return rows


def read_views(contract: Contract, settings: Settings, keys: ViewKeys) -> dict[str, Any]:
    """Return rows by view and key; None for an unknown entity, also if it has no value."""
    views = {view.name: view for view in contract.views}
    entities = [(views[name], key) for name, keys_of_view in keys.items() for key in keys_of_view]

    async def run() -> list[Any]:
        reader = row_reader(contract, settings)
        try:
            return await read_rows(reader, entities)
        finally:
            reader.close()

    found: dict[str, Any] = {name: {} for name in keys}
    for (view, key), row in zip(entities, asyncio.run(run()), strict=True):
        found[view.name][key] = None if row is None or row.is_empty else row
    return found
