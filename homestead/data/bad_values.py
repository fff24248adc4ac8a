"""Values that break the problem's rules, and lists of them for people."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

_EXAMPLES = 3
MISSING = "missing"


class Places(Protocol):
    """Each row's place in its file; an index of pandas is one."""

    @property
    def name(self) -> Any:
        """What is counted, ``line`` or ``row``."""

    def __getitem__(self, row: int, /) -> Any:
        """Return the place of the row at a position."""


@dataclass(frozen=True)
class BadValue:
    """A value that breaks a rule.

    Attributes:
        row: position of its row in the table, from 0.
        found: the value as in the file; empty if it is missing.
        rule: what is allowed.
    """

    row: int
    column: str
    found: str
    rule: str

    def __str__(self) -> str:
        """Return the reason as the quarantine holds it."""
        return (
            f"{self.column}: found {self.found}, {self.rule}"
            if self.found
            else (f"{self.column}: {self.rule}")
        )


def format_value(value: Any) -> str:
    """Return a value as in the file: a number as it is, anything else in quotes."""
    if isinstance(value, bool | np.bool_ | int | np.integer):
        return str(value)
    if isinstance(value, float | np.floating):
        return f"{value:.15g}"
    return repr(str(value))


class BadGroups:
    """Bad values by column and rule: their number and the first of them, in bounded memory."""

    def __init__(self) -> None:
        """Begin without any."""
        self._groups: dict[tuple[str, str], _Group] = {}

    def add(self, value: BadValue, rank: int = 0) -> None:
        """Count a value.

        Args:
            rank: place of its rule in the list; groups of one rank are in the order in which they
                were first added.
        """
        key = (value.column, value.rule)
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = _Group(rank, value.row)
        group.count += 1
        if len(group.examples) < _EXAMPLES:
            group.examples.append(value)

    def lines(self, places: Places, most: int | None = None) -> list[str]:
        """Return a line for each column and rule: the number of values, and three examples.

        Args:
            places: each row's place in the file; its name says what is counted.
            most: largest number of lines.
        """
        unit = places.name or "row"
        lines = []
        for (column, rule), group in sorted(
            self._groups.items(), key=lambda item: (item[1].rank, item[1].first)
        ):
            examples = [
                f"{unit} {places[value.row]}" + (f": {value.found}" if value.found else "")
                for value in group.examples
            ]
            rest = f", and {group.count - _EXAMPLES} more" if group.count > _EXAMPLES else ""
            count = "1 value" if group.count == 1 else f"{group.count} values"
            lines.append(f"{column}: {count}, {rule} ({', '.join(examples)}{rest})")
        if most is not None and len(lines) > most:
            lines[most:] = [f"and {len(lines) - most} more kinds; homestead validate lists all"]
        return lines


@dataclass
class _Group:
    rank: int
    first: int
    count: int = 0
    examples: list[BadValue] = field(default_factory=list)


def list_bad_values(bad: Iterable[BadValue], places: Places, most: int | None = None) -> list[str]:
    """Return a line for each column and rule, in the order of the values; see :class:`BadGroups`.

    Args:
        places: each row's place in the file, of shape (rows,); its name says what is counted.
        most: largest number of lines.
    """
    groups = BadGroups()
    for rank, value in enumerate(bad):
        groups.add(value, rank)
    return groups.lines(places, most)
