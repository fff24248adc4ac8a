"""Keys of look-ups, and what stored categories are for a model."""

import math
from typing import Any

import pytest

from homestead.problem.sections.column import Column
from homestead.problem.values.categories import stored_category
from homestead.serving.errors import RefusedError, StoreUnavailableError
from homestead.serving.inputs.stored_values import category_decoder, number_key, text_key
from tests.homes import ROW, homes_contract, homes_resolver, resolve

LISTED = Column(type="category", allowed=("flat", "house"))
LEARNT = Column(type="category", allowed=("flat", "house", "other"), unseen="other")


def test_a_stored_category_gets_the_code_of_the_model_that_serves() -> None:
    decode = category_decoder("kind", LEARNT)
    stored = [stored_category(text) for text in ("house", "never seen", "flat")]
    assert [decode(number) for number in stored] == [1, 2, 0]
    missing = category_decoder("kind", LEARNT.model_copy(update={"unseen": "missing"}))
    assert math.isnan(missing(stored[1]))


def test_a_stored_category_is_refused_where_the_problem_says_so() -> None:
    decode = category_decoder("kind", LEARNT.model_copy(update={"unseen": "refuse"}))
    with pytest.raises(RefusedError, match="kind: the feature store holds a value that") as error:
        decode(stored_category("never seen"))
    assert (error.value.status, error.value.reason) == (422, "unseen")
    assert "never seen" not in str(error.value)


def test_a_listed_category_is_understood_as_a_position_and_as_a_hash() -> None:
    decode = category_decoder("kind", LISTED)
    assert (decode(1.0), decode(stored_category("house"))) == (1, 1)
    with pytest.raises(StoreUnavailableError, match="holds the code 2, allowed are 0 to 1"):
        decode(2.0)


def test_a_look_up_fills_in_the_code_of_the_model() -> None:
    kinds = ("house", "flat", "other")
    columns = homes_contract().columns | {"kind": LEARNT.model_copy(update={"allowed": kinds})}
    home: Any = {"area": 80.0, "rooms": 3.0, "lift": 1.0, "lat": 47.5}
    for text, code in (("flat", 1), ("house", 0), ("castle", 2)):
        stored: Any = {"homes": {7: home | {"kind": stored_category(text)}}, "cells": {}}
        (looked_up,) = resolve({"id": 7}, resolver=homes_resolver(stored, columns=columns))
        (given,) = resolve({**ROW, "kind": text}, resolver=homes_resolver(stored, columns=columns))
        assert looked_up["kind"] == given["kind"] == code


@pytest.mark.parametrize(
    ("column", "given", "code", "key"),
    [
        (Column(type="text"), "014", 0.0, "014"),
        (Column(type="text"), 14.0, 0.0, "14"),
        (Column(type="text"), "", math.nan, None),
        (Column(type="category", nullable=True), None, math.nan, None),
        (LEARNT, "never seen", 2.0, "never seen"),
        (LISTED, None, 1.0, "house"),
        (Column(type="category", allowed=("", "x")), "", 0.0, ""),
    ],
)
def test_a_key_is_the_text_that_the_request_holds(
    column: Column, given: Any, code: float, key: str | None
) -> None:
    assert text_key(column, given, code) == key


def test_a_key_that_is_a_number_must_be_exact() -> None:
    assert (number_key("id", 2**60 + 1), number_key("id", 14.0)) == (2**60 + 1, 14)
    with pytest.raises(RefusedError, match="allowed is an integer of 64 bits"):
        number_key("id", 1e300)
