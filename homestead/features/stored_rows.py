"""Requests to the online store and their results."""

from collections.abc import Callable
from typing import NamedTuple

from homestead.problem.contract import ContractView
from homestead.problem.entity_keys import EntityKey


class StoredRow(NamedTuple):
    """Latest values of an entity.

    Attributes:
        values: by feature; None for a missing one.
        event_time: time from which on the values were known, seconds since 1970.
    """

    values: dict[str, float | None]
    event_time: float

    @property
    def is_empty(self) -> bool:
        """Whether no value is there, which is how some stores report an unknown entity."""
        return all(value is None for value in self.values.values())


class EncodedEntity(NamedTuple):
    """An entity to read.

    Attributes:
        content: how the store addresses the view's row of the entity.
        slot: of a Redis Cluster, in which the row is.
    """

    view: ContractView
    content: bytes
    slot: int = 0


# An entity to look up: the name of a view and a key.
Entity = tuple[str, EntityKey]
# None for an unknown entity; an error if this entity's row alone cannot be read.
RowResult = StoredRow | None | Exception
# Called with the rows in the order of the entities, or with the error of the whole read.
ReadCallback = Callable[[list[RowResult] | Exception], None]
