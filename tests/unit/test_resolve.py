"""Requests against a contract: what is taken, what is refused, what is looked up and derived."""

import asyncio
import math
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from homestead.features.values import OnlineValues, ReadRequest, StoredRow
from homestead.problem.contract import Contract, ContractView
from homestead.problem.parts import Column
from homestead.serving.errors import RefusedError
from homestead.serving.inputs.resolver import Resolver

NOW = datetime(2015, 3, 1, tzinfo=UTC).timestamp()
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


def resolver(
    calls: list[ReadRequest] | None = None,
    views: tuple[ContractView, ...] = VIEWS,
    kept: dict[str, dict[Any, dict[str, float | None]]] = KEPT,
    at: float = NOW,
) -> Resolver:
    async def read(wanted: ReadRequest) -> OnlineValues:
        if calls is not None:
            calls.append(wanted)
        return {
            view: {k: StoredRow(kept[view][k], at) if k in kept[view] else None for k in keys}
            for view, keys in wanted.items()
        }

    return Resolver(contract(views), read)


def inputs(*rows: dict[str, Any], by: Resolver | None = None) -> list[dict[str, float]]:
    found = by or resolver()
    quick = found.fast_path(list(rows), NOW)
    values = found.check_rows(list(rows), NOW)
    if quick is not None:
        # What the compiled way takes, the general one takes too, and to the same bits.
        assert np.array_equal(np.array(quick), np.array(found.model_inputs(values)), equal_nan=True)
        values = found.check_rows(list(rows), NOW)
    if not found.is_complete(values):
        asyncio.run(found.fill_features(values, list(rows)))
    return [dict(zip(FEATURES, row, strict=True)) for row in found.model_inputs(values)]


def test_all_features_need_no_look_up() -> None:
    calls: list[ReadRequest] = []
    (found,) = inputs({**FULL, "near": 0.5, "floor": 2}, by=resolver(calls))
    assert calls == []
    assert found["cell_size"] == math.log(80)
    assert (found["kind"], found["lift"], found["near"], found["age"]) == (1, 1, 0.5, 15)


def test_the_key_alone_gives_everything_also_through_a_derived_key() -> None:
    calls: list[ReadRequest] = []
    (found,) = inputs({"id": 7}, by=resolver(calls))
    assert calls == [{"homes": [7]}, {"cells": [475]}]
    assert found["near"] == 0.25
    assert math.isnan(found["floor"])


def test_a_house_never_seen_needs_only_its_neighbourhood() -> None:
    calls: list[ReadRequest] = []
    (found,) = inputs(FULL, by=resolver(calls))
    assert calls == [{"cells": [475]}]
    assert found["near"] == 0.25


def test_what_a_request_gives_wins_over_what_is_kept() -> None:
    (found,) = inputs({"id": 7, "rooms": 5, "cell_size": 1.5})
    assert (found["rooms"], found["area"], found["cell_size"]) == (5, 80, 1.5)


def test_rows_are_read_together() -> None:
    calls: list[ReadRequest] = []
    found = inputs({"id": 7}, FULL, {**FULL, "lat": 47.9}, by=resolver(calls))
    assert calls == [{"homes": [7], "cells": [475, 479]}, {"cells": [475]}]
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
    assert found[0][:4] == again[0][:4] == [80, 3, 1, 1]


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

    kept: Any = {"homes": {7: {"kind": 1.0}}, "kinds": {"house": {"near": 0.75}}}
    given = {"area": 80, "rooms": 3, "lift": True, "lat": 47.5, "id": 7}
    (found,) = inputs(given, by=resolver(views=views, kept=kept))
    assert (found["kind"], found["near"]) == (1, 0.75)


def test_the_usual_row_takes_the_compiled_way_with_its_key_and_time() -> None:
    full = {**FULL, "near": 0.5, "floor": None}
    found = resolver()
    assert found.fast_path([full], NOW) is not None
    with_key = {**full, "id": 7, "sold": "2014-12-31T23:30:00-02:00"}
    (row,) = found.fast_path([with_key], NOW) or [[]]
    assert dict(zip(FEATURES, row, strict=True))["age"] == 15
    inputs(full), inputs(with_key)


@pytest.mark.parametrize(
    "change",
    [
        {"colour": 1},
        {"area": None},
        {"area": True},
        {"area": math.nan},
        {"area": 501},
        {"area": 9},
        {"rooms": 3.0},
        {"id": 10**30},
        {"id": "7"},
        {"lift": 1},
        {"kind": ["house"]},
        {"sold": "soon"},
        {"near": 10**400},
        {"cell_size": 1.5},
    ],
)
def test_what_is_not_usual_is_left_to_the_general_way(change: dict[str, Any]) -> None:
    full = {**FULL, "near": 0.5, "floor": 2}
    assert resolver().fast_path([full, {**full, **change}], NOW) is None
    del full["rooms"]
    assert resolver().fast_path([full], NOW) is None


def test_two_views_whose_keys_are_known_are_one_read() -> None:
    views = (*VIEWS[1:], ContractView(**{**VIEWS[0].model_dump(), "entity": "rooms"}))
    kept: Any = {**KEPT, "cells": {3: {"near": 0.5}}}
    calls: list[ReadRequest] = []
    (found,) = inputs({"id": 7, "rooms": 3}, by=resolver(calls, views, kept))
    assert calls == [{"homes": [7], "cells": [3]}]
    assert found["near"] == 0.5


def stale(policy: str, days: float) -> Resolver:
    views = tuple(ContractView(**{**view.model_dump(), "stale": policy}) for view in VIEWS)
    return resolver(views=views, at=NOW - days * 86400)


def test_values_older_than_their_time_to_live_are_marked() -> None:
    found = stale("mark", 9.5)
    values = found.check_rows([{"id": 7}], NOW)
    assert asyncio.run(found.fill_features(values, [{"id": 7}])) == {"homes", "cells"}
    assert values[0]["near"] == 0.25
    # Old is what is old at the row's own time.
    row = {"id": 7, "sold": "2015-02-25T00:00:00Z"}
    values = found.check_rows([row], NOW)
    assert asyncio.run(found.fill_features(values, [row])) == set()


def test_values_older_than_their_time_to_live_are_refused_or_missing() -> None:
    with pytest.raises(
        RefusedError, match=r"id 7: the newest values of homes are older than 9"
    ) as e:
        inputs({"id": 7}, by=stale("refuse", 9.5))
    assert (e.value.status, e.value.reason) == (503, "stale")
    assert inputs({"id": 7}, by=stale("refuse", 8.5))[0]["near"] == 0.25
    (found,) = inputs(FULL, by=stale("null", 9.5))
    assert math.isnan(found["near"])
