"""Types guessed from texts: what looks like a number but is a code stays a text."""

import pytest

from homestead.drafting.profile.text_types import guess_text_type


@pytest.mark.parametrize(
    ("texts", "kind"),
    [
        (["1", "-20", "300"], "integer"),
        (["1.5", "2", "-3e-4", ".5"], "number"),
        (["true", "False"], "boolean"),
        (["Yes", "no"], "boolean"),
        (["0", "1"], "boolean"),
        (["2024-01-31", "2024-02-01 12:00"], "timestamp"),
        (["north", "south"], "category"),
        (["01234", "98765"], "category"),
        (["20230405060708091011", "1"], "category"),
        (["1e3", "007", "123"], "category"),
        (["1e3", "123"], "category"),
        (["NA", "NO", "SE", "on"], "category"),
        (["1,234", "5"], "category"),
        (["41_10_1", "3"], "category"),
        (["nan", "NA"], "empty"),
    ],
)
def test_a_type_is_guessed(texts: list[str], kind: str) -> None:
    assert guess_text_type(dict.fromkeys(texts, 5)).type == kind


def test_texts_among_numbers_are_markers_of_missing_values() -> None:
    numbers = {str(number): 10 for number in range(20)}
    known = guess_text_type({**numbers, "?": 7, "n/a": 2, "NA": 1})
    assert (known.type, known.markers) == ("integer", ("?", "n/a"))
    other = guess_text_type({**numbers, "not asked": 7})
    assert (other.type, other.markers) == ("integer", ("not asked",))
    assert "7 of 207 are 'not asked'" in other.reason


def test_a_few_typing_errors_make_bad_rows_not_a_category() -> None:
    numbers = {f"{number}.5": 40 for number in range(20)}
    guess = guess_text_type({**numbers, "12o": 1, "l3": 1})
    assert (guess.type, guess.markers, guess.reason) == ("number", (), "12o, l3: bad rows")
    assert guess_text_type({**numbers, "a": 90, "b": 80}).type == "category"


def test_the_reason_names_what_keeps_digits_texts() -> None:
    assert "leading zeros" in guess_text_type({"007": 1, "12": 1}).reason
    assert "64 bits" in guess_text_type({"1" * 20: 1, "12": 1}).reason
    assert "codes" in guess_text_type({"1e3": 1, "12": 1}).reason
    assert "thousands" in guess_text_type({"1,234": 1, "12": 1}).reason
