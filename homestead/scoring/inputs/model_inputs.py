"""The model's inputs of a table's rows, and the rows that have none."""

from dataclasses import dataclass, field

import numpy as np

from homestead.serving.errors import RefusedError


@dataclass(frozen=True)
class TableInputs:
    """The model's inputs of rows.

    Attributes:
        matrix: (rows, features) float64, NaN for missing; without a meaning for refused rows.
        refusals: the reasons by row.
        stale, unavailable: by view, (rows,): see
            :class:`homestead.serving.inputs.feature_fill.FilledViews`.
    """

    matrix: np.ndarray
    refusals: dict[int, RefusedError]
    stale: dict[str, np.ndarray] = field(default_factory=dict)
    unavailable: dict[str, np.ndarray] = field(default_factory=dict)


def mark_of(marks: dict[str, np.ndarray], view: str, rows: int) -> np.ndarray:
    """Return the marks of a view, (rows,), to be set."""
    if view not in marks:
        marks[view] = np.zeros(rows, dtype=bool)
    return marks[view]
