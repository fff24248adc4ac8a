"""What the online store has of an entity."""

from typing import NamedTuple

EntityKey = int | str


class StoredRow(NamedTuple):
    """The latest values of an entity.

    Attributes:
        values: by feature, None for a missing one.
        at: the moment from which on they were known, seconds since 1970.
    """

    values: dict[str, float | None]
    at: float


ReadRequest = dict[str, list[EntityKey]]
OnlineValues = dict[str, dict[EntityKey, StoredRow | None]]
