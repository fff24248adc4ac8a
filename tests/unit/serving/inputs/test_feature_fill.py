"""Look-ups of what rows lack: which keys are read when, and what becomes of old values."""

import asyncio
import math
from typing import Any

import pytest

from homestead.features.stored_rows import ReadRequest
from homestead.problem.contract import ContractView
from homestead.serving.errors import RefusedError
from homestead.serving.inputs.resolver import Resolver
from tests.homes import NOW, ROW, STORED, VIEWS, homes_resolver, resolve


def test_the_key_alone_is_enough_also_where_another_entity_is_derived() -> None:
    reads: list[ReadRequest] = []
    (inputs,) = resolve({"id": 7}, resolver=homes_resolver(reads))
    assert reads == [{"homes": [7]}, {"cells": [475]}]
    assert inputs["near"] == 0.25
    assert math.isnan(inputs["floor"])


def test_only_missing_features_are_looked_up() -> None:
    reads: list[ReadRequest] = []
    (inputs,) = resolve(ROW, resolver=homes_resolver(reads))
    assert reads == [{"cells": [475]}]
    assert inputs["near"] == 0.25


def test_rows_share_reads() -> None:
    reads: list[ReadRequest] = []
    inputs = resolve({"id": 7}, ROW, {**ROW, "lat": 47.9}, resolver=homes_resolver(reads))
    assert reads == [{"homes": [7], "cells": [475, 479]}, {"cells": [475]}]
    assert [row["near"] for row in inputs[:2]] == [0.25, 0.25]
    assert math.isnan(inputs[2]["near"])


def test_views_whose_entities_are_known_share_a_read() -> None:
    views = (*VIEWS[1:], VIEWS[0].model_copy(update={"entity": "rooms"}))
    stored: Any = {**STORED, "cells": {3: {"near": 0.5}}}
    reads: list[ReadRequest] = []
    (inputs,) = resolve({"id": 7, "rooms": 3}, resolver=homes_resolver(reads, stored, views=views))
    assert reads == [{"homes": [7], "cells": [3]}]
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


def test_large_keys_stay_exact() -> None:
    with pytest.raises(RefusedError, match="unknown id 9007199254740993"):
        resolve({"id": 2**53 + 1})


def stale_resolver(policy: str, age_days: float) -> Resolver:
    views = tuple(view.model_copy(update={"stale": policy}) for view in VIEWS)
    return homes_resolver(views=views, stored_at=NOW - age_days * 86400)


def test_values_older_than_their_time_to_live_are_marked() -> None:
    resolver = stale_resolver("mark", 9.5)
    values = resolver.check_rows([{"id": 7}], NOW)
    assert asyncio.run(resolver.fill_features(values, [{"id": 7}])) == {"homes", "cells"}
    assert values[0]["near"] == 0.25


def test_the_age_of_values_is_that_at_the_rows_own_time() -> None:
    resolver = stale_resolver("mark", 9.5)
    row = {"id": 7, "sold": "2015-02-25T00:00:00Z"}
    values = resolver.check_rows([row], NOW)
    assert asyncio.run(resolver.fill_features(values, [row])) == set()


def test_values_older_than_their_time_to_live_are_refused_or_missing() -> None:
    message = r"id 7: the newest values of homes are older than 9 days"
    with pytest.raises(RefusedError, match=message) as error:
        resolve({"id": 7}, resolver=stale_resolver("refuse", 9.5))
    assert (error.value.status, error.value.reason) == (503, "stale")
    assert resolve({"id": 7}, resolver=stale_resolver("refuse", 8.5))[0]["near"] == 0.25
    (inputs,) = resolve(ROW, resolver=stale_resolver("null", 9.5))
    assert math.isnan(inputs["near"])
