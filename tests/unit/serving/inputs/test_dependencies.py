"""The dependency graph: what is missing, what is looked up and in which order."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homestead.problem.contract import Contract, ContractView
from homestead.problem.sections.column import Column
from homestead.serving.inputs.dependencies import DependencyGraph
from tests.homes import ROW, homes_contract


def view(name: str, entity: str, *features: str) -> ContractView:
    return ContractView(name=name, entity=entity, features=features, ttl_days=9, missing="null")


def missing_by_view(graph: DependencyGraph, *present: str) -> dict[str, tuple[str, ...]]:
    return {view.name: names for view, names in graph.missing_by_view(frozenset(present))}


def test_the_models_inputs_require_columns_and_stored_features() -> None:
    graph = DependencyGraph(homes_contract())
    assert graph.required == {"area", "rooms", "lift", "kind", "floor", "sold", "near"}
    # The cell is the entity of a view, and no input of the model.
    assert list(graph.used_expressions) == ["cell_size", "age"]


def test_views_are_ordered_by_what_their_entities_depend_on() -> None:
    graph = DependencyGraph(homes_contract())
    assert [view.name for view in graph.views] == ["homes", "cells"]


def test_a_stored_feature_is_missing_with_what_its_entity_is_derived_from() -> None:
    graph = DependencyGraph(homes_contract())
    homes = ("area", "rooms", "lift", "kind", "lat")
    assert missing_by_view(graph, "id", "sold") == {"homes": homes, "cells": ("near",)}
    assert missing_by_view(graph, "sold", *ROW) == {"cells": ("near",)}
    assert missing_by_view(graph, "sold", "near", *homes[:-1]) == {}


def test_a_given_derived_column_needs_no_sources() -> None:
    graph = DependencyGraph(homes_contract(features=("cell_size", "age")))
    assert graph.missing_inputs(["sold"]) == {"area"}
    assert graph.missing_inputs(["sold", "cell_size"]) == set()


def test_entities_are_found_through_nested_derived_columns() -> None:
    derived = {"cell": "floor(lat * 10)", "block": "floor(cell / 4)", "size": "area / rooms"}
    graph = DependencyGraph(
        homes_contract(
            derived=derived,
            views=(view("blocks", "block", "near"), view("homes", "id", "lat")),
            features=("size", "near"),
        )
    )
    assert [view.name for view in graph.views] == ["homes", "blocks"]
    assert graph.entity_sources(["near", "lat"]) == [["lat"], ["id"]]
    assert missing_by_view(graph, "id") == {"homes": ("lat",), "blocks": ("near",)}
    values = {"lat": 47.5}
    assert graph.derive("block", values) == 118
    assert values == {"lat": 47.5, "cell": 475, "block": 118}
    assert graph.derive("size", values) is None


@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
def test_views_that_store_each_others_entities_keep_their_order(order: tuple[str, str]) -> None:
    views = {"a": view("a", "rooms", "floor"), "b": view("b", "floor", "rooms")}
    graph = DependencyGraph(
        homes_contract(views=tuple(views[name] for name in order), features=("rooms", "floor"))
    )
    assert [view.name for view in graph.views] == list(order)
    assert missing_by_view(graph, "rooms") == {"a": ("floor",)}
    assert missing_by_view(graph) == {"a": ("floor",), "b": ("rooms",)}


NAMES = ("a", "b", "c", "d", "e", "f")


@st.composite
def contracts(draw: st.DrawFn) -> Contract:
    """Draw a contract of six columns with nested expressions and views in any relation."""
    derived: dict[str, str] = {}
    for i in range(draw(st.integers(0, 3))):
        sources = draw(st.lists(st.sampled_from([*NAMES, *derived]), min_size=1, max_size=2))
        derived[f"x{i}"] = " + ".join(sources)
    names = [*NAMES, *derived]
    views = tuple(
        view(
            f"v{i}",
            draw(st.sampled_from(names)),
            *draw(st.sets(st.sampled_from(NAMES), min_size=1)),
        )
        for i in range(draw(st.integers(0, 3)))
    )
    features = tuple(draw(st.sets(st.sampled_from(names), min_size=1)))
    columns = {name: Column(type="number") for name in NAMES}
    changes: dict[str, Any] = {"columns": columns, "derived": derived, "views": views}
    return homes_contract(features=features, key="a", timestamp="b", **changes)


def needed(contract: Contract, name: str, present: set[str], through: set[str]) -> set[str]:
    """Return what a value needs, as its definition says: path by path, without memory."""
    if name in present or name in through:
        return set()
    through = through | {name}
    if name in contract.derived:
        sources = contract.derived[name].split(" + ")
        return set().union(*(needed(contract, source, present, through) for source in sources))
    # The last view counts where several store a feature.
    entities = [view.entity for view in contract.views if name in view.features][-1:]
    return {name}.union(*(needed(contract, entity, present, through) for entity in entities))


@given(contracts(), st.sets(st.sampled_from(NAMES)))
def test_missing_features_are_what_the_definition_says(
    contract: Contract, present: set[str]
) -> None:
    expected = set().union(*(needed(contract, name, present, set()) for name in contract.features))
    by_view = DependencyGraph(contract).missing_by_view(frozenset(present))
    stored = {name for view in contract.views for name in view.features}
    assert {name for _, names in by_view for name in names} == expected & stored
