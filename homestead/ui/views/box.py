"""View models: box of a page, and links."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Link:
    """An address on this page's server, or elsewhere, and its text."""

    text: str
    address: str


@dataclass(frozen=True)
class Box:
    """One part of a page.

    Attributes:
        key: of its template ``boxes/<key>.html`` and its place in the page.
        content: None where there is nothing yet.
        error: why it cannot be shown; empty if it can.
        is_pending: whether it is being read for the first time.
        read_at: of what is shown, seconds since 1970.
    """

    key: str
    title: str
    content: object | None = None
    error: str = ""
    is_pending: bool = False
    read_at: float | None = None


@dataclass(frozen=True)
class ProblemCard:
    """A problem in the list of all.

    Attributes:
        boxes: by key; those that the card shows.
    """

    name: str
    boxes: dict[str, Box] = field(default_factory=dict)


@dataclass(frozen=True)
class ReportGroup:
    """Reports of one kind."""

    title: str
    links: Sequence[Link]
