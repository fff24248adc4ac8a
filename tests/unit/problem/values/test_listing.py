"""Lists in messages: complete where they are short, and useful where they are long."""

import time

from homestead.problem.values.listing import list_values


def test_few_values_are_listed() -> None:
    assert list_values(("b", "a"), "c") == "b, a"


def test_of_many_the_closest_are_listed_whatever_differs() -> None:
    values = [f"{word}-{number}" for word in ("north", "south") for number in range(1000)]
    for found in ("nrth-17", "NORTH-17", "xorth-17", "north-17 "):
        assert list_values(values, found).startswith("2,000 values, the closest: north-17"), found


def test_of_many_the_first_are_listed_if_none_is_close() -> None:
    values = tuple(str(number) for number in range(100))
    expected = "100 values, the first: 0, 1, 2, 3, 4"
    assert list_values(values) == list_values(values, "zebra") == list_values(values, 7) == expected


def test_long_texts_take_no_time() -> None:
    values = [f"{number:05}" * 50 for number in range(5000)]
    start = time.process_time()
    list_values(values, "1" * 1_000_000)
    assert time.process_time() - start < 0.5
