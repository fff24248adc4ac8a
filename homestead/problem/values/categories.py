"""Categories that a table or a request writes as another type than text."""

from collections.abc import Container
from decimal import Decimal
from typing import Any

import numpy as np


def category_text(value: Any, allowed: Container[str]) -> str:
    """Return the category that a number, a boolean or another value stands for.

    Of several ways to write the value, the one that is allowed: 2 for 2.0, unless only 2.0 is.
    """
    texts = [str(value)]
    if isinstance(value, bool | np.bool_):
        texts.append(str(value).lower())
    elif isinstance(value, float | np.floating | Decimal) and value % 1 == 0:
        texts.insert(0, f"{value:.0f}")
    return next((text for text in texts if text in allowed), texts[0])
