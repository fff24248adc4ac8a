"""Rows of Redis, written by Feast: values, nulls, unknown entities, several views at once."""

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from homestead.features.feast_objects import feast_objects, online_store
from homestead.features.redis_rows import RedisRowReader
from homestead.features.stored_rows import StoredRow
from homestead.problem.contract import Contract
from homestead.problem.schema import Problem
from homestead.settings import Settings
from tests.factories import flats_problem

TIME = datetime(2024, 5, 1, 12, 30, 0, 250_000, tzinfo=UTC)


@pytest.fixture
def problem() -> Problem:
    """Return a problem with an integer and a text key."""
    flats = flats_problem()
    view = flats.views["flat"]
    area = view.model_copy(update={"entity": "district", "columns": ("area", "floor")})
    return flats.model_copy(update={"views": {"flat": view, "district_facts": area}})


@pytest.fixture
def reader(problem: Problem, settings: Settings, redis: str, tmp_path: Path) -> RedisRowReader:
    settings = settings.model_copy(update={"redis_connection": redis})
    store = online_store(problem.name, settings)
    store.apply(feast_objects(problem, tmp_path))
    flat = pd.DataFrame({"id": [7, 8], "event_timestamp": TIME, "age": [1 / 3, None]})
    facts = {"district": ["north"], "event_timestamp": TIME, "area": [80.5], "floor": [None]}
    store.write_to_online_store("flat", flat)
    store.write_to_online_store("district_facts", pd.DataFrame(facts).astype({"floor": float}))
    return RedisRowReader(store.config, timeout_s=5)


def test_rows_of_two_views_come_back_in_one_read(problem: Problem, reader: RedisRowReader) -> None:
    flat, facts = Contract.from_problem(problem).views
    seconds = TIME.timestamp()
    assert reader.read([(flat, [8, 7, 9]), (facts, ["west", "north"])]) == [
        [StoredRow({"age": None}, seconds), StoredRow({"age": 1 / 3}, seconds), None],
        [None, StoredRow({"area": 80.5, "floor": None}, seconds)],
    ]
