"""Rows against a contract: what is accepted, refused, looked up and derived."""

import math
from typing import Any

import pytest

from homestead.serving.errors import RefusedError
from tests.homes import ROW, homes_resolver, resolve


def test_a_row_with_all_features_needs_no_look_up() -> None:
    resolver = homes_resolver()
    (inputs,) = resolve({**ROW, "near": 0.5, "floor": 2}, resolver=resolver)
    assert resolver.reads == []
    assert inputs["cell_size"] == math.log(80)
    assert (inputs["kind"], inputs["lift"], inputs["near"], inputs["age"]) == (1, 1, 0.5, 15)


def test_given_values_win_over_stored_and_derived_ones() -> None:
    (inputs,) = resolve({"id": 7, "rooms": 5, "cell_size": 1.5})
    assert (inputs["rooms"], inputs["area"], inputs["cell_size"]) == (5, 80, 1.5)


def test_a_timestamp_is_utc_unless_it_has_an_offset() -> None:
    (inputs,) = resolve({**ROW, "sold": "2014-12-31T23:30:00-02:00"})
    assert inputs["age"] == 15
    (inputs,) = resolve({**ROW, "sold": "2014-12-31T23:30:00"})
    assert inputs["age"] == 14


def test_integers_may_be_written_as_floats() -> None:
    assert resolve({**ROW, "rooms": 3.0})[0]["rooms"] == 3


@pytest.mark.parametrize(
    ("change", "reason", "message"),
    [
        ({"colour": 1}, "unknown", "unknown field colour"),
        ({"area": None}, "null", "area: found null, allowed is a number"),
        ({"area": "80"}, "type", "area: found '80', allowed is a number"),
        ({"area": True}, "type", "area: found true"),
        ({"area": {}}, "type", "area: found an object"),
        ({"area": 501}, "range", "area: found 501, allowed is 10 to 500"),
        ({"area": math.nan}, "range", "area: found nan"),
        ({"area": 10**30}, "range", "area"),
        ({"rooms": 2.5}, "type", "rooms: found 2.5, allowed is an integer"),
        ({"id": 10**30}, "range", "id"),
        ({"lift": 2}, "type", "lift: found 2, allowed is true or false, also written 1 or 0"),
        ({"kind": "boat"}, "type", "kind: found 'boat', allowed are flat, house"),
        ({"sold": "soon"}, "type", "sold: found 'soon', allowed is an ISO 8601 time"),
        ({"sold": 5}, "type", "sold: found 5"),
        ({"sold": "9999-12-31"}, "range", "sold: found '9999-12-31', allowed is a time from 1700"),
        ({"near": "x"}, "type", "near: found 'x'"),
    ],
)
def test_an_invalid_field_is_named_with_its_row(
    change: dict[str, Any], reason: str, message: str
) -> None:
    with pytest.raises(RefusedError) as error:
        resolve(ROW, {**ROW, **change})
    assert error.value.status == 400
    assert error.value.reason == reason
    assert str(error.value).startswith("row 1: ")
    assert message in str(error.value)


def test_all_missing_fields_are_named_with_the_keys_to_look_them_up_by() -> None:
    with pytest.raises(RefusedError) as error:
        resolve({"area": 80, "rooms": 3})
    assert error.value.reason == "missing"
    assert str(error.value) == (
        "missing fields kind, lift, near; stored features can be looked up by id, or lat"
    )


def test_a_request_without_rows_is_refused() -> None:
    with pytest.raises(RefusedError, match="no rows"):
        resolve()


def test_a_row_must_be_an_object() -> None:
    with pytest.raises(RefusedError, match=r"row 1: found \[80\], allowed is an object of fields"):
        homes_resolver().check_rows([ROW, [80]], 0)  # type: ignore[list-item]


def test_keys_are_texts_for_the_log() -> None:
    assert homes_resolver().entity_keys([{"id": 2**53 + 1}, {"id": None}, {}]) == [
        "9007199254740993",
        None,
        None,
    ]
