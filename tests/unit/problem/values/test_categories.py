"""Categories that are no text stand for the text that a user would write."""

from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from homestead.problem.values.categories import category_text, natural_order, stored_category


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


@pytest.mark.parametrize("value", [1, 1.0])
def test_a_whole_number_is_the_listed_decimal(value: float) -> None:
    assert category_text(value, ("1.0",)) == "1.0"


def test_natural_order_puts_numbers_first_and_counts_within_texts() -> None:
    texts = ["b", "a10", "10", "a9", "-1", "9.5", "nan", "²"]
    assert sorted(texts, key=natural_order) == ["-1", "9.5", "10", "a9", "a10", "b", "nan", "²"]


def test_stored_categories_are_exact_doubles_that_differ() -> None:
    stored = {stored_category(f"{text:08}") for text in range(20_000)}
    assert len(stored) == 20_000
    assert all(0 <= number < 2**53 and number % 1 == 0 for number in stored)
    # A file format: what an online store holds must keep its meaning.
    assert stored_category("north") == 7_460_529_470_227_761
