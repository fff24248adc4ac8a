"""Categories that are no text stand for the text that a user would write."""

from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from homestead.problem.values.categories import category_text


@pytest.mark.parametrize(
    ("value", "allowed", "text"),
    [
        (2, "2", "2"),
        (2.0, "2", "2"),
        (2.0, "2.0", "2.0"),
        (np.float32(2), "2", "2"),
        (Decimal("2.00"), "2", "2"),
        (2.5, "2.5", "2.5"),
        (True, "true", "true"),
        (np.True_, "True", "True"),
        (1, "true", "1"),
    ],
)
def test_a_value_is_written_as_it_is_listed(value: Any, allowed: str, text: str) -> None:
    assert category_text(value, (allowed,)) == text
