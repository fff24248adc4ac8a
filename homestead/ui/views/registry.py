"""View models: registered versions."""

from collections.abc import Sequence
from dataclasses import dataclass

from homestead.ui.views.box import Link


@dataclass(frozen=True)
class RegisteredView:
    """A version in the registry; ``created`` in seconds since 1970."""

    version: str
    digest: str
    created: float | None
    aliases: Sequence[str]
    links: Sequence[Link] = ()


@dataclass(frozen=True)
class RegistryView:
    """How many versions are registered, and the newest of them first."""

    count: int
    newest: Sequence[RegisteredView]
