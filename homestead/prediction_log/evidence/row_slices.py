"""The slices of logged rows: those that the gate has judged, by the same names."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

_BETWEEN = " to "


@dataclass(frozen=True)
class RowSlices:
    """Names of slices by column, as a certificate has them.

    Attributes:
        names: by column: categories, numbers (``3``) or ranges of numbers (``0.5 to 2``), each
            above its first bound, except that the first range holds it.
        categories: of columns whose logged number is a position: the names by position.
    """

    names: Mapping[str, Sequence[str]] = field(default_factory=dict)
    categories: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def of(self, features: Mapping[str, object]) -> dict[str, str]:
        """Return a row's slice by column, of the columns where it has one.

        Args:
            features: the logged inputs of the model.
        """
        found = {}
        for column, names in self.names.items():
            value = features.get(column)
            if isinstance(value, int | float) and math.isfinite(value):
                name = self._name(column, names, value)
                if name is not None:
                    found[column] = name
        return found

    def _name(self, column: str, names: Sequence[str], value: float) -> str | None:
        categories = self.categories.get(column)
        if categories is not None:
            position = int(value)
            name = categories[position] if 0 <= position < len(categories) else ""
            return name if name in names else None
        text = f"{value:g}"
        if text in names:
            return text
        return _range_of(value, names)


def _range_of(value: float, names: Iterable[str]) -> str | None:
    """Return the range that holds a value; one below all or above all is in the outermost."""
    ranges = sorted(
        (float(low), float(high), f"{low}{_BETWEEN}{high}")
        for low, _, high in (name.partition(_BETWEEN) for name in names if _BETWEEN in name)
    )
    for _, high, name in ranges:
        if value <= high:
            return name
    return ranges[-1][2] if ranges else None
