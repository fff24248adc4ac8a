"""Requests to the online store and their results."""

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


# Keys to read, by view.
ReadRequest = dict[str, list[EntityKey]]
# The same for a row reader, in the order of the result.
ViewKeys = list[tuple[ContractView, list[EntityKey]]]
# Rows by view and key; None for an unknown entity.
OnlineValues = dict[str, dict[EntityKey, StoredRow | None]]
