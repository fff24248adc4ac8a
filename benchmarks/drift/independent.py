"""Independent inputs: 18 of a normal distribution and a category of ten values."""

import numpy as np
import pandas as pd

from benchmarks.drift.windows import (
    REFERENCE_ROWS,
    WINDOW_ROWS,
    Setting,
    category_column,
    inputs_contract,
)

_CATEGORY = "category"
_NUMBERS = tuple(f"x{number}" for number in range(1, 19))
_CATEGORIES = 10
_CORRELATION = 0.5


def independent_inputs() -> Setting:
    """Return the setting."""
    names = [*_NUMBERS, _CATEGORY]
    categories = category_column([f"c{number}" for number in range(_CATEGORIES)])
    return Setting(
        name="independent",
        title="Independent normal inputs",
        contract=inputs_contract(names, {_CATEGORY: categories}),
        deviation=pd.Series(1.0, index=names),
        draw=lambda draw: (_rows(REFERENCE_ROWS, draw), _rows(WINDOW_ROWS, draw)),
        one=_NUMBERS[0],
        five=_NUMBERS[:5],
        category=_CATEGORY,
        relate=_correlate,
    )


def _rows(number: int, draw: np.random.Generator) -> pd.DataFrame:
    rows = pd.DataFrame(draw.standard_normal((number, len(_NUMBERS))), columns=list(_NUMBERS))
    return rows.assign(**{_CATEGORY: draw.integers(_CATEGORIES, size=number).astype(float)})


def _correlate(window: pd.DataFrame, _: np.random.Generator) -> pd.DataFrame:
    """Correlate the second input with the first by 0.5."""
    first, second = (window[name] for name in _NUMBERS[:2])
    mixed = _CORRELATION * first + np.sqrt(1 - _CORRELATION**2) * second
    return window.assign(**{_NUMBERS[1]: mixed})
