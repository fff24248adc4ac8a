"""Feast's objects follow the problem; the hash changes with what decides a feature's value."""

from datetime import timedelta
from pathlib import Path

from homestead.features.feast_objects import definitions_hash, feast_objects
from homestead.problem.schema import Problem
from tests.factories import flats_problem


def test_views_have_the_problems_names_keys_and_time_to_live(
    churn: Problem, tmp_path: Path
) -> None:
    objects = {item.name: item for item in feast_objects(churn, tmp_path)}
    for name, view in churn.views.items():
        feast_view = objects[name]
        assert feast_view.ttl == timedelta(days=view.ttl_days)
        assert feast_view.entities == [view.entity]
        assert [field.name for field in feast_view.features] == list(view.names)
        assert feast_view.batch_source.path == str(tmp_path / f"{name}.parquet")
        assert objects[view.entity].join_key == view.entity


def test_a_category_is_a_text_key_and_another_column_an_integer_one(tmp_path: Path) -> None:
    flats = flats_problem()
    for entity, value_type in (("district", "STRING"), ("id", "INT64")):
        view = flats.views["flat"].model_copy(update={"entity": entity})
        problem = flats.model_copy(update={"views": {"flat": view}})
        entity_object = feast_objects(problem, tmp_path)[0]
        assert (entity_object.name, entity_object.value_type.name) == (entity, value_type)


def test_the_hash_follows_the_definitions_and_nothing_else(churn: Problem) -> None:
    same = churn.model_copy(update={"metric": "accuracy", "slices": ()})
    assert definitions_hash(same) == definitions_hash(churn)
    name, view = next(iter(churn.views.items()))
    older = view.model_copy(update={"ttl_days": view.ttl_days + 1})
    other = churn.model_copy(update={"views": {**churn.views, name: older}})
    assert definitions_hash(other) != definitions_hash(churn)
