"""A row that the server can predict: one of the entities in the online store.

It is looked for in the background, once for each contract, and nothing is predicted: a row counts
as found if its look-ups succeed.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any

from homestead.problem.contract import Contract
from homestead.problem.entity_keys import EntityKey
from homestead.serving.errors import RefusedError
from homestead.serving.models.loaded_model import LoadedModel
from homestead.serving.models.manager import ModelManager
from homestead.serving.protocols.json_schema import example_row

_LOG = logging.getLogger(__name__)
# Entities to try; the first usually does.
_MAX_KEYS = 20
_POLL_INTERVAL_S = 0.5
# A store that is empty or away is tried again, ever more seldom.
_FIRST_RETRY_S, _LAST_RETRY_S = 5.0, 600.0

Row = dict[str, Any]


class ExampleRow:
    """Knows a row that the champion can predict, as soon as one is found.

    Without a store, or until an entity is found, it is made from the contract's types and ranges.
    """

    def __init__(self, models: ModelManager) -> None:
        self._models = models
        self._contract: Contract | None = None
        self._found: Row | None = None
        self._retry_s = _FIRST_RETRY_S
        self._retry_at = 0.0

    def row(self, contract: Contract) -> Row:
        """Return the row for a contract: one that was found, or one that its types allow."""
        if self._contract is contract and self._found is not None:
            return self._found
        return example_row(contract)

    async def follow_champion(self, announce: Callable[[Row], None] | None = None) -> None:
        """Look for a row whenever the champion's contract is another one, until cancelled.

        Args:
            announce: called once, when the server is ready and was looked through for the first
                time; with the row.
        """
        while True:
            champion = self._models.champion
            if champion is not None and self._models.is_ready:
                if champion.contract is not self._contract:
                    self._contract, self._found = champion.contract, None
                    self._retry_s, self._retry_at = _FIRST_RETRY_S, 0.0
                if self._found is None and time.monotonic() >= self._retry_at:
                    self._found = await find_row(champion)
                    self._retry_at = time.monotonic() + self._retry_s
                    self._retry_s = min(2 * self._retry_s, _LAST_RETRY_S)
                if announce is not None:
                    announce(self.row(champion.contract))
                    announce = None
            await asyncio.sleep(_POLL_INTERVAL_S)


async def find_row(model: LoadedModel) -> Row | None:
    """Return a row whose look-ups succeed, or None if no entity of the store makes one.

    A sensitive key is never shown.
    """
    contract = model.contract
    row = example_row(contract)
    keys: dict[str, list[EntityKey]] = {}
    for view in contract.views:
        entity = view.entity
        if entity in row and entity not in keys and entity not in contract.sensitivity:
            try:
                keys[entity] = await asyncio.to_thread(model.lookup.some_keys, view, _MAX_KEYS)
            except Exception as error:
                # The clients of stores have no common class of errors.
                _LOG.info("no example: the keys of %s cannot be read: %s", view.name, error)
                return None
    for number in range(max(map(len, keys.values()), default=1)):
        found = {name: values[number % len(values)] for name, values in keys.items() if values}
        if await _is_resolved(model, row | found):
            return row | found
    return None


async def _is_resolved(model: LoadedModel, row: Row) -> bool:
    try:
        inputs = await model.lookup.result_of(model.resolver.resolve([row], time.time()))
    except RefusedError:
        return False
    return not inputs.views.unavailable
