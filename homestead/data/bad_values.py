"""Values that break the problem's rules, and lists of them for people."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

_EXAMPLES = 3
MISSING = "missing"


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


def list_bad_values(
    bad: Iterable[BadValue], places: pd.Index, most: int | None = None
) -> list[str]:
    """Return a line for each column and rule: the number of values, and three examples.

    Args:
        places: each row's place in the file, of shape (rows,); its name says what is counted.
        most: largest number of lines.
    """
    groups: dict[tuple[str, str], list[BadValue]] = {}
    for value in bad:
        groups.setdefault((value.column, value.rule), []).append(value)
    unit = places.name or "row"
    lines = []
    for (column, rule), values in groups.items():
        examples = [
            f"{unit} {places[value.row]}" + (f": {value.found}" if value.found else "")
            for value in values[:_EXAMPLES]
        ]
        rest = f", and {len(values) - _EXAMPLES} more" if len(values) > _EXAMPLES else ""
        count = "1 value" if len(values) == 1 else f"{len(values)} values"
        lines.append(f"{column}: {count}, {rule} ({', '.join(examples)}{rest})")
    if most is not None and len(lines) > most:
        lines[most:] = [f"and {len(lines) - most} more kinds; homestead validate lists all"]
    return lines
