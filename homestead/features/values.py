"""What the online store has of an entity."""

from typing import NamedTuple

Key = int | str


class Kept(NamedTuple):
    """The latest values of an entity.

    Attributes:
        values: by feature, None for a missing one.
        at: the moment from which on they were known, seconds since 1970.
    """

    values: dict[str, float | None]
    at: float


Wanted = dict[str, list[Key]]
Found = dict[str, dict[Key, Kept | None]]
