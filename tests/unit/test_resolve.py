"""Requests against a contract: what is taken, what is refused, what is looked up and derived."""

import asyncio
import math
from datetime import UTC, datetime
from typing import Any

import pytest

from homestead.contract import Contract, ContractView
from homestead.problem import Column
from serving.errors import RefusedError
from serving.resolve import Resolver

COLUMNS = {
    "id": Column(type="integer"),
    "sold": Column(type="timestamp"),
    "area": Column(type="number", range=(10, 500)),
    "rooms": Column(type="integer", range=(1, 9)),
    "lat": Column(type="number", range=(47, 48)),
    "lift": Column(type="boolean"),
    "kind": Column(type="category", allowed=("flat", "house")),
    "floor": Column(type="integer", nullable=True),
}
FEATURES = ("area", "rooms", "lift", "kind", "floor", "cell_size", "age", "near")
# The view of cells comes first on purpose: its key may be derived from what the other one holds.
VIEWS = (
    ContractView(name="cells", entity="cell", features=("near",), ttl_days=9, missing="null"),
    ContractView(
        name="homes",
        entity="id",
        features=("area", "rooms", "lift", "kind", "lat"),
        ttl_days=9,
        missing="refuse",
    ),
)
KEPT: dict[str, dict[Any, dict[str, float | None]]] = {
    "homes": {7: {"area": 80.0, "rooms": 3.0, "lift": 1.0, "kind": 1.0, "lat": 47.5}},
    "cells": {475: {"near": 0.25}},
}
FULL: dict[str, Any] = {"area": 80, "rooms": 3, "lift": True, "kind": "house", "lat": 47.5}
NOW = datetime(2015, 3, 1, tzinfo=UTC).timestamp()


def contract(views: tuple[ContractView, ...] = VIEWS) -> Contract:
    return Contract(
        problem="homes",
        task="regression",
        key="id",
        timestamp="sold",
        target="price",
        classes=(),
        columns=COLUMNS,
        derived={"cell": "floor(lat * 10)", "cell_size": "log(area)", "age": "year(sold) - 2000"},
        views=views,
        features=FEATURES,
    )


def resolver(calls: list[tuple[str, list[Any]]] | None = None) -> Resolver:
    async def read(view: str, keys: list[Any]) -> list[dict[str, float | None] | None]:
        if calls is not None:
            calls.append((view, keys))
        return [KEPT[view].get(key) for key in keys]

    return Resolver(contract(), read)


def inputs(*rows: dict[str, Any], by: Resolver | None = None) -> list[dict[str, float]]:
    found = by or resolver()
    values = found.check(list(rows), NOW)
    if not found.is_complete(values):
        asyncio.run(found.look_up(values, list(rows)))
    return [dict(zip(FEATURES, row, strict=True)) for row in found.matrix(values).tolist()]


def test_all_features_need_no_look_up() -> None:
    calls: list[tuple[str, list[Any]]] = []
    (found,) = inputs({**FULL, "near": 0.5, "floor": 2}, by=resolver(calls))
    assert calls == []
    assert found["cell_size"] == math.log(80)
    assert (found["kind"], found["lift"], found["near"], found["age"]) == (1, 1, 0.5, 15)


def test_the_key_alone_gives_everything_also_through_a_derived_key() -> None:
    calls: list[tuple[str, list[Any]]] = []
    (found,) = inputs({"id": 7}, by=resolver(calls))
    assert calls == [("homes", [7]), ("cells", [475])]
    assert found["near"] == 0.25
    assert math.isnan(found["floor"])


def test_a_house_never_seen_needs_only_its_neighbourhood() -> None:
    calls: list[tuple[str, list[Any]]] = []
    (found,) = inputs(FULL, by=resolver(calls))
    assert calls == [("cells", [475])]
    assert found["near"] == 0.25


def test_what_a_request_gives_wins_over_what_is_kept() -> None:
    (found,) = inputs({"id": 7, "rooms": 5, "cell_size": 1.5})
    assert (found["rooms"], found["area"], found["cell_size"]) == (5, 80, 1.5)


def test_rows_are_read_together() -> None:
    calls: list[tuple[str, list[Any]]] = []
    found = inputs({"id": 7}, FULL, {**FULL, "lat": 47.9}, by=resolver(calls))
    assert calls == [("homes", [7]), ("cells", [475, 475, 479])]
    assert [row["near"] for row in found[:2]] == [0.25, 0.25]
    assert math.isnan(found[2]["near"])


def test_an_unknown_entity_is_named() -> None:
    with pytest.raises(RefusedError, match="row 1: unknown id 8") as error:
        inputs({"id": 7}, {"id": 8})
    assert error.value.status == 404


def test_large_keys_stay_exact() -> None:
    with pytest.raises(RefusedError, match="unknown id 9007199254740993"):
        inputs({"id": 2**53 + 1})


def test_a_time_stamp_is_utc_unless_it_says_otherwise() -> None:
    (found,) = inputs({**FULL, "sold": "2014-12-31T23:30:00-02:00"})
    assert found["age"] == 15
    (found,) = inputs({**FULL, "sold": "2014-12-31T23:30:00"})
    assert found["age"] == 14


@pytest.mark.parametrize(
    ("change", "reason", "said"),
    [
        ({"colour": 1}, "unknown", "unknown field colour"),
        ({"area": None}, "null", "area: found null"),
        ({"area": "80"}, "type", "area: found '80', allowed is a number"),
        ({"area": True}, "type", "area: found true"),
        ({"area": {}}, "type", "area: found an object"),
        ({"area": 501}, "range", "area: found 501, allowed is 10 to 500"),
        ({"area": math.nan}, "range", "area: found nan"),
        ({"area": 10**30}, "range", "area"),
        ({"rooms": 2.5}, "type", "rooms: found 2.5, allowed is an integer"),
        ({"id": 10**30}, "range", "id"),
        ({"lift": 1}, "type", "lift: found 1, allowed are true, false"),
        ({"kind": "boat"}, "type", "kind: found 'boat', allowed are flat, house"),
        ({"sold": "soon"}, "type", "sold: found 'soon', allowed is an ISO 8601 time"),
        ({"sold": 5}, "type", "sold: found 5"),
        ({"near": "x"}, "type", "near: found 'x'"),
    ],
)
def test_a_bad_field_is_named_with_its_row(change: dict[str, Any], reason: str, said: str) -> None:
    with pytest.raises(RefusedError) as error:
        inputs(FULL, {**FULL, **change})
    assert error.value.status == 400
    assert error.value.reason == reason
    assert str(error.value).startswith("row 1: ")
    assert said in str(error.value)


def test_all_missing_fields_are_named_and_how_to_look_them_up() -> None:
    with pytest.raises(RefusedError) as error:
        inputs({"area": 80, "rooms": 3})
    assert error.value.reason == "missing"
    for name in ("kind", "lift", "near"):
        assert name in str(error.value)
    assert "looked up by" in str(error.value)
    assert "id" in str(error.value)


def test_integers_may_be_written_as_floats() -> None:
    assert inputs({**FULL, "rooms": 3.0})[0]["rooms"] == 3


def test_a_matrix_takes_codes_and_natural_values() -> None:
    found = resolver().check_matrix([[80, 3, 1, 1, None, 4.4, 15, None]])
    again = resolver().check_matrix([[80.0, 3.0, True, "house", None, 4.4, 15, None]])
    assert found.tolist()[0][:4] == again.tolist()[0][:4] == [80, 3, 1, 1]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ([80, 3], "row 0: found 2 values, allowed are 8"),
        ("x", "row 0: found 'x'"),
        ([80, 3, 1, 2, None, 4, 1, 1], "row 0: kind: found 2, allowed is 0 to 1"),
        ([80, 3, 0.5, 1, None, 4, 1, 1], "row 0: lift: found 0.5"),
        ([None, 3, 1, 1, None, 4, 1, 1], "row 0: area: found null"),
    ],
)
def test_a_bad_matrix_is_named(row: Any, said: str) -> None:
    with pytest.raises(RefusedError) as error:
        resolver().check_matrix([row])
    assert said in str(error.value)


def test_no_rows_are_refused() -> None:
    for refused in (inputs, lambda: resolver().check_matrix([])):
        with pytest.raises(RefusedError, match="no rows"):
            refused()


def test_a_key_that_another_view_keeps_is_looked_up_first() -> None:
    views = (
        ContractView(name="kinds", entity="kind", features=("near",), ttl_days=9, missing="refuse"),
        ContractView(name="homes", entity="id", features=("kind",), ttl_days=9, missing="refuse"),
    )

    async def read(view: str, keys: list[Any]) -> list[dict[str, float | None] | None]:
        kept = {"homes": {7: {"kind": 1.0}}, "kinds": {"house": {"near": 0.75}}}
        return [dict(kept[view][key]) for key in keys]  # type: ignore[index]

    given = {"area": 80, "rooms": 3, "lift": True, "lat": 47.5, "id": 7}
    (found,) = inputs(given, by=Resolver(contract(views), read))
    assert (found["kind"], found["near"]) == (1, 0.75)
