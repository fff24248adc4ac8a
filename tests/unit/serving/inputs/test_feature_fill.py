"""Look-ups of what rows lack: which keys are read when, and what becomes of old values."""

import json
import math
from typing import Any

import pytest

from homestead.features.stored_rows import StoredRow
from homestead.problem.contract import ContractView
from homestead.problem.sections.column import Column
from homestead.serving.errors import RefusedError, StoreUnavailableError
from homestead.serving.protocols import seldon, tensorflow, v2
from tests.homes import (
    NOW,
    ROW,
    STORED,
    VIEWS,
    HomesResolver,
    homes_contract,
    homes_resolver,
    resolve,
)


def test_the_key_alone_is_enough_also_where_another_entity_is_derived() -> None:
    resolver = homes_resolver()
    (inputs,) = resolve({"id": 7}, resolver=resolver)
    assert resolver.reads == [{"homes": [7]}, {"cells": [475]}]
    assert inputs["near"] == 0.25
    assert math.isnan(inputs["floor"])


def test_only_missing_features_are_looked_up() -> None:
    resolver = homes_resolver()
    (inputs,) = resolve(ROW, resolver=resolver)
    assert resolver.reads == [{"cells": [475]}]
    assert inputs["near"] == 0.25


def test_rows_share_reads() -> None:
    resolver = homes_resolver()
    inputs = resolve({"id": 7}, ROW, {**ROW, "lat": 47.9}, resolver=resolver)
    assert resolver.reads == [{"homes": [7], "cells": [475, 479]}, {"cells": [475]}]
    assert [row["near"] for row in inputs[:2]] == [0.25, 0.25]
    assert math.isnan(inputs[2]["near"])


def test_views_whose_entities_are_known_share_a_read() -> None:
    views = (*VIEWS[1:], VIEWS[0].model_copy(update={"entity": "rooms"}))
    stored: Any = {**STORED, "cells": {3: {"near": 0.5}}}
    resolver = homes_resolver(stored, views=views)
    (inputs,) = resolve({"id": 7, "rooms": 3}, resolver=resolver)
    assert resolver.reads == [{"homes": [7], "cells": [3]}]
    assert inputs["near"] == 0.5


def test_an_entity_that_another_view_stores_is_looked_up_first() -> None:
    views = (
        ContractView(name="kinds", entity="kind", features=("near",), ttl_days=9, missing="refuse"),
        ContractView(name="homes", entity="id", features=("kind",), ttl_days=9, missing="refuse"),
    )
    stored: Any = {"homes": {7: {"kind": 1.0}}, "kinds": {"house": {"near": 0.75}}}
    row = {"area": 80, "rooms": 3, "lift": True, "lat": 47.5, "id": 7}
    (inputs,) = resolve(row, resolver=homes_resolver(stored=stored, views=views))
    assert (inputs["kind"], inputs["near"]) == (1, 0.75)


def test_an_unknown_entity_is_named() -> None:
    with pytest.raises(RefusedError, match="row 1: unknown id 8") as error:
        resolve({"id": 7}, {"id": 8})
    assert error.value.status == 404


BIG = 2**60 + 1
KEYS = [BIG, BIG + 1]
BODIES: dict[str, tuple[Any, dict[str, Any]]] = {
    "objects": (seldon, {"jsonData": [{"id": key} for key in KEYS]}),
    "ndarray": (seldon, {"data": {"names": ["id"], "ndarray": [[key] for key in KEYS]}}),
    "tensor": (seldon, {"data": {"names": ["id"], "tensor": {"shape": [2, 1], "values": KEYS}}}),
    "instances": (tensorflow, {"instances": [{"id": key} for key in KEYS]}),
    "inputs": (tensorflow, {"inputs": {"id": KEYS}}),
    **{
        datatype: (
            v2,
            {"inputs": [{"name": "id", "datatype": datatype, "shape": [2], "data": KEYS}]},
        )
        for datatype in ("INT64", "UINT64")
    },
}


@pytest.mark.parametrize("form", BODIES)
def test_keys_above_2_53_stay_apart_in_every_form_of_a_request(form: str) -> None:
    protocol, body = BODIES[form]
    rows = protocol.decode_request(json.dumps(body).encode()).rows
    home = STORED["homes"][7]
    homes = {key: {**home, "area": 80.0 + i} for i, key in enumerate(KEYS)}
    resolver = homes_resolver({**STORED, "homes": homes})
    assert [row["area"] for row in resolve(*rows, resolver=resolver)] == [80, 81]
    assert resolver.reads[0] == {"homes": KEYS}
    assert resolver.entity_keys(rows) == ["1152921504606846977", "1152921504606846978"]


@pytest.mark.parametrize("key", [2**63 - 1, -(2**63)])
def test_every_key_of_64_bits_can_be_looked_up(key: int) -> None:
    resolver = homes_resolver(stored={**STORED, "homes": {key: STORED["homes"][7]}})
    assert resolve({"id": key}, resolver=resolver)[0]["area"] == 80


def test_a_whole_number_with_a_decimal_point_is_the_same_key() -> None:
    resolver = homes_resolver()
    rows: list[dict[str, Any]] = [{"id": 7.0}, {"id": 7}]
    resolve(*rows, resolver=resolver)
    assert resolver.reads[0] == {"homes": [7]}
    assert resolver.entity_keys(rows) == ["7", "7"]


def test_a_key_that_may_be_several_integers_is_refused() -> None:
    message = r"row 1: id: found 1.152921504606847e\+18, allowed is an integer of 64 bits"
    with pytest.raises(RefusedError, match=message) as error:
        resolve({"id": 7}, {"id": float(BIG)})
    assert (error.value.status, error.value.reason) == (400, "range")
    # The same for a key that is computed.
    resolver = homes_resolver(derived={**homes_contract().derived, "cell": "lat * 10 ** 17"})
    with pytest.raises(RefusedError, match="cell: found 4"):
        resolve(ROW, resolver=resolver)


@pytest.mark.parametrize(
    ("name", "key", "reason"),
    [
        *(("cell", key, "range") for key in (2**63, -(2**63) - 1, 2**64, 10**30, 1e300, 2.0**54)),
        *(("id", key, "range") for key in (2**63, -(2**63) - 1, 1e300)),
        *((name, key, "type") for name in ("cell", "id") for key in (True, "7", [7], {"id": 7})),
        ("id", 7.5, "type"),
        *((name, key, "range") for name in ("cell", "id") for key in (math.nan, math.inf)),
    ],
)
def test_a_given_key_that_no_store_can_hold_is_refused_by_name_before_any_read(
    name: str, key: Any, reason: str
) -> None:
    resolver = homes_resolver()
    with pytest.raises(RefusedError, match=f"{name}: found ") as error:
        resolve({**ROW, name: key} if name == "cell" else {name: key}, resolver=resolver)
    assert (error.value.status, error.value.reason) == (400, reason)
    assert resolver.reads == []


@pytest.mark.parametrize("missing", ["null", "refuse"])
def test_a_null_key_is_in_no_view(missing: str) -> None:
    columns = {**homes_contract().columns, "id": Column(type="integer", nullable=True)}
    views = (VIEWS[1].model_copy(update={"missing": missing}),)
    stored: Any = {"homes": dict.fromkeys((-1, 0), STORED["homes"][7])}
    features = ("area", "rooms")
    resolver = homes_resolver(stored, columns=columns, views=views, features=features)
    if missing == "refuse":
        with pytest.raises(RefusedError, match="row 0: unknown id null"):
            resolve({"id": None}, {"id": -1}, resolver=resolver)
        return
    nobody, minus_one = resolve({"id": None}, {"id": -1}, resolver=resolver)
    assert math.isnan(nobody["area"])
    assert minus_one["area"] == 80
    assert resolver.reads == [{"homes": [-1]}]


def test_a_boolean_is_the_key_0_or_1() -> None:
    columns = {**homes_contract().columns, "lift": Column(type="boolean", nullable=True)}
    views = (VIEWS[0].model_copy(update={"entity": "lift"}), VIEWS[1])
    stored: Any = {"homes": {}, "cells": {0: {"near": 0.25}, 1: {"near": 0.75}}}
    resolver = homes_resolver(stored=stored, columns=columns, views=views)
    rows = [{**ROW, "lift": lift} for lift in (False, True, 0, 1.0, "no", "Yes", None)]
    near = [row["near"] for row in resolve(*rows, resolver=resolver)]
    assert near[:-1] == [0.25, 0.75] * 3
    assert math.isnan(near[-1])


def stale_resolver(policy: str, age_days: float) -> HomesResolver:
    views = tuple(view.model_copy(update={"stale": policy}) for view in VIEWS)
    return homes_resolver(views=views, stored_at=NOW - age_days * 86400)


def test_values_older_than_their_time_to_live_are_marked() -> None:
    resolver = stale_resolver("mark", 9.5)
    values = resolver.check_rows([{"id": 7}], NOW)
    assert resolver.run(resolver.fill_features(values, [{"id": 7}])).stale == {"homes", "cells"}
    assert values[0]["near"] == 0.25


def test_the_age_of_values_is_that_at_the_rows_own_time() -> None:
    resolver = stale_resolver("mark", 9.5)
    row = {"id": 7, "sold": "2015-02-25T00:00:00Z"}
    values = resolver.check_rows([row], NOW)
    assert resolver.run(resolver.fill_features(values, [row])) == (set(), set())


def test_values_older_than_their_time_to_live_are_refused_or_missing() -> None:
    message = r"id 7: the newest values of homes are older than 9 days"
    with pytest.raises(RefusedError, match=message) as error:
        resolve({"id": 7}, resolver=stale_resolver("refuse", 9.5))
    assert (error.value.status, error.value.reason) == (503, "stale")
    assert resolve({"id": 7}, resolver=stale_resolver("refuse", 8.5))[0]["near"] == 0.25
    (inputs,) = resolve(ROW, resolver=stale_resolver("null", 9.5))
    assert math.isnan(inputs["near"])


def resolver_without_store(**policies: str) -> HomesResolver:
    views = tuple(
        view.model_copy(update={"on_store_failure": policies.get(view.name, view.on_store_failure)})
        for view in VIEWS
    )
    return homes_resolver(failure=StoreUnavailableError("away"), views=views)


def test_without_its_store_a_view_is_null_and_named_or_the_request_refused() -> None:
    rows = [ROW, {**ROW, "near": 0.5}]
    resolver = resolver_without_store()  # as they treat missing entities
    values = resolver.check_rows(rows, NOW)
    assert resolver.run(resolver.fill_features(values, rows)).unavailable == {"cells"}
    without, given = resolver.model_inputs(values)
    near = resolver.contract.features.index("near")
    assert math.isnan(without[near])
    assert given[near] == 0.5
    with pytest.raises(StoreUnavailableError, match="away; try again"):
        resolve({"id": 7}, resolver=resolver)


def test_the_problem_file_decides_what_a_view_does_without_its_store() -> None:
    with pytest.raises(StoreUnavailableError):
        resolve(ROW, resolver=resolver_without_store(cells="refuse"))
    resolver = resolver_without_store(homes="null")
    values = resolver.check_rows([{"id": 7}], NOW)
    views = resolver.run(resolver.fill_features(values, [{"id": 7}]))
    # The cell follows from what the view of homes stores.
    assert views.unavailable == {"homes"}
    assert all(math.isnan(number) for number in resolver.model_inputs(values)[0][:2])


def test_a_row_that_cannot_be_read_concerns_its_view_alone() -> None:
    # The home is found, its cell's values are unreadable.
    resolver = homes_resolver()
    row = {"id": 7}
    values = resolver.check_rows([row], NOW)
    steps = resolver.fill_features(values, [row])
    assert next(steps) == [("homes", 7)]
    home = StoredRow(STORED["homes"][7], NOW)
    assert steps.send([home]) == [("cells", 475)]
    with pytest.raises(StopIteration) as end:
        steps.send([StoreUnavailableError("broken")])
    assert end.value.value == (set(), {"cells"})
    assert values[0]["area"] == 80
    assert math.isnan(values[0]["near"])


@pytest.mark.parametrize("code", [2.0, -1.0, 0.5])
def test_a_stored_code_that_the_contract_does_not_know_is_no_key(code: float) -> None:
    views = (
        ContractView(name="kinds", entity="kind", features=("near",), ttl_days=9, missing="refuse"),
        ContractView(name="homes", entity="id", features=("kind",), ttl_days=9, missing="refuse"),
    )
    stored: Any = {"homes": {7: {"kind": code}}, "kinds": {"flat": {"near": 0.75}}}
    row = {"area": 80, "rooms": 3, "lift": True, "lat": 47.5, "id": 7}
    with pytest.raises(RefusedError, match=f"kind: the feature store holds the code {code:g}"):
        resolve(row, resolver=homes_resolver(stored=stored, views=views))
