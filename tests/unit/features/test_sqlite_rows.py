"""Rows of sqlite: many keys at once, names that sqlite could mistake, freshness."""

import asyncio
import sqlite3
import struct
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from homestead.features.feast_layout import DOUBLE_TAG, encode_key, key_prefix
from homestead.features.feast_objects import feast_objects, online_store
from homestead.features.freshness import write_freshness
from homestead.features.sqlite_rows import SqliteRowReader
from homestead.features.stored_rows import StoredRow
from homestead.problem.contract import Contract, ContractView
from homestead.problem.schema import Problem
from homestead.serving.features.lookup import FeatureLookup
from homestead.serving.features.lookup_steps import LookedUpRow, LookupSteps
from homestead.serving.metrics.metric_registry import ServerMetrics
from homestead.settings import Settings
from tests.factories import flats_problem
from tests.online import read_rows

TIME = datetime(2024, 5, 1, 12, 30, tzinfo=UTC)


@pytest.fixture
def problem() -> Problem:
    """Return a problem whose view has names that differ only in case."""
    flats = flats_problem()
    view = flats.views["flat"].model_copy(update={"columns": ("Size", "size", "rate_y", "rn")})
    return flats.model_copy(update={"views": {"flat": view}})


@pytest.fixture
def view(problem: Problem) -> ContractView:
    return Contract.from_problem(problem).views[0]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder whose name means something else in a URL."""
    return tmp_path / "50%20 off?"


@pytest.fixture
def home(folder: Path, problem: Problem, settings: Settings, tmp_path: Path) -> Settings:
    """Return the settings of a home with a store of 1000 entities."""
    registry = f"sqlite:///{tmp_path / 'registry.db'}"
    settings = settings.model_copy(update={"home": folder, "feast_registry": registry})
    store = online_store(problem.name, settings)
    store.apply(feast_objects(problem, folder))
    keys = pd.Series(range(1000))
    values = {"Size": keys + 0.1, "size": keys + 0.2, "rate_y": keys + 0.3, "rn": None}
    rows = pd.DataFrame({"id": keys, "event_timestamp": TIME, **values}).astype({"rn": float})
    store.write_to_online_store("flat", rows)
    return settings


def read(reader: SqliteRowReader, view: ContractView, keys: list[int | str]) -> list[Any]:
    try:
        return asyncio.run(read_rows(reader, [(view, key) for key in keys]))
    finally:
        reader.close()


def reader_of(settings: Settings, problem: Problem) -> SqliteRowReader:
    views = Contract.from_problem(problem).views
    return SqliteRowReader(settings.online_database(problem.name), problem.name, views)


def test_each_name_has_its_own_values_and_each_key_its_own_row(
    home: Settings, problem: Problem, view: ContractView
) -> None:
    keys: list[int | str] = [-1, *reversed(range(1000)), 1000]
    unknown, *rows, also_unknown = read(reader_of(home, problem), view, keys)
    assert (unknown, also_unknown) == (None, None)
    for key, row in zip(keys[1:-1], rows, strict=True):
        number = int(key)
        values = {"Size": number + 0.1, "size": number + 0.2, "rate_y": number + 0.3, "rn": None}
        assert row == StoredRow(values, TIME.timestamp())


def test_times_are_read_also_where_another_library_had_them_stored_as_texts(
    home: Settings, problem: Problem, view: ContractView
) -> None:
    with closing(sqlite3.connect(home.online_database(problem.name))) as connection, connection:
        text = TIME.replace(tzinfo=None).isoformat(" ")
        connection.execute("UPDATE flats_flat SET event_ts = ?", (text,))
    (row,) = read(reader_of(home, problem), view, [7])
    assert row.event_time == TIME.timestamp()


def test_a_store_without_the_view_or_the_file_is_an_error(
    home: Settings, problem: Problem, view: ContractView, settings: Settings
) -> None:
    other = view.model_copy(update={"name": "other"})
    path = home.online_database(problem.name)
    without_view = SqliteRowReader(path, problem.name, [other])
    with pytest.raises(sqlite3.OperationalError, match="no such table: flats_other"):
        without_view.freshness()
    with pytest.raises(sqlite3.OperationalError, match="no such table: flats_other"):
        read(without_view, other, [1])
    without_file = reader_of(settings, problem)
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        without_file.freshness()
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        read(without_file, view, [1])
    assert not settings.online_database(problem.name).exists()


def test_the_newest_times_are_read_where_they_were_written(
    home: Settings, problem: Problem
) -> None:
    reader = reader_of(home, problem)
    assert reader.freshness() == {}  # materialized by an earlier version
    write_freshness(problem.name, {"flat": TIME.timestamp()}, home)
    write_freshness(problem.name, {"flat": TIME.timestamp() + 1}, home)
    assert reader.freshness() == {"flat": TIME.timestamp() + 1}
    reader.close()


def test_ten_thousand_keys_are_looked_up_within_the_default_time_limit(
    settings: Settings, problem: Problem
) -> None:
    keys = [*range(10_000)]
    with closing(sqlite3.connect(settings.online_database(problem.name))) as connection:
        connection.execute(
            "CREATE TABLE flats_flat (entity_key BLOB, feature_name TEXT, value BLOB,"
            " event_ts timestamp, PRIMARY KEY(entity_key, feature_name))"
        )
        prefix = key_prefix("id")
        rows = (
            (encode_key(prefix, key), name, DOUBLE_TAG + struct.pack("<d", key), 0)
            for key in keys
            for name in ("Size", "size", "rate_y", "rn")
        )
        connection.executemany("INSERT INTO flats_flat VALUES (?, ?, ?, ?)", rows)
        connection.commit()

    def steps() -> LookupSteps[list[LookedUpRow]]:
        return (yield [("flat", key) for key in keys])

    async def run() -> list[LookedUpRow]:
        return await lookup.result_of(steps())

    lookup = FeatureLookup(Contract.from_problem(problem), settings, ServerMetrics())
    try:
        found = asyncio.run(run())
    finally:
        lookup.close()
    assert [row.values["rn"] for row in found if isinstance(row, StoredRow)] == keys


def test_a_value_that_is_no_number_fails_alone(
    home: Settings, problem: Problem, view: ContractView
) -> None:
    path = home.online_database(problem.name)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "UPDATE flats_flat SET value = ? WHERE entity_key = ? AND feature_name = 'rn'",
            (b"\x12\x01x", encode_key(key_prefix("id"), 8)),
        )
    first, broken, last = read(reader_of(home, problem), view, [7, 8, 9])
    assert "allowed are numbers" in str(broken)
    assert (first.values["Size"], last.values["Size"]) == (7.1, 9.1)


def test_some_keys_are_those_of_stored_entities(home: Settings, view: ContractView) -> None:
    reader = SqliteRowReader(home.online_database("flats"), "flats", [view])
    keys = reader.some_keys(view, 3)
    assert len(set(keys)) == 3
    assert set(keys) <= set(range(1000))
    reader.close()
