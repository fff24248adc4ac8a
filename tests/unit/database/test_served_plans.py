"""What servers say they serve: one row each, replaced, and gone with its server."""

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa

from homestead.database.engine import open_database
from homestead.database.served_plans import (
    SERVED_PLANS,
    ServedPlan,
    delete_served_plan,
    read_served_plans,
    write_served_plan,
)

NOW = 1_790_000_000.0
PLAN = ServedPlan(
    server="pod-1:7",
    problem="homes",
    plan_digest="d1",
    plan_revision=3,
    champion="1",
    champion_digest="c1",
    challenger="2",
    challenger_digest="c2",
    since=NOW - 60,
    seen_at=NOW,
)


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    engine = open_database(database_url)
    yield engine
    engine.dispose()


def test_a_server_replaces_its_row_and_takes_it_away_when_it_ends(engine: sa.Engine) -> None:
    assert read_served_plans(engine, "homes") == []
    other = replace(PLAN, server="pod-2:7", challenger=None, challenger_digest=None)
    for plan in (PLAN, other, replace(PLAN, problem="cars")):
        write_served_plan(engine, plan)
    refused = replace(PLAN, seen_at=NOW + 30, error="model 3: no certificate")
    write_served_plan(engine, refused)
    assert read_served_plans(engine, "homes") == [refused, other]
    delete_served_plan(engine, "pod-1:7", "homes")
    assert read_served_plans(engine, "homes") == [other]
    assert len(read_served_plans(engine, "cars")) == 1


def test_rows_of_servers_that_were_killed_are_deleted_by_another_one(engine: sa.Engine) -> None:
    for number in range(5):
        write_served_plan(
            engine, replace(PLAN, server=f"old-{number}:7", seen_at=time.time() - 5000)
        )
    # Against the clock of this moment: a suite may reach this test long after it was imported.
    alive = replace(PLAN, seen_at=time.time())
    late = replace(PLAN, server="pod-3:7", seen_at=alive.seen_at - 600)
    write_served_plan(engine, late)
    write_served_plan(engine, alive)
    assert read_served_plans(engine, "homes") == [alive, late]
    assert (alive.is_alive, late.is_alive) == (True, False)


def test_an_error_of_any_length_is_kept(engine: sa.Engine) -> None:
    plan = replace(PLAN, plan_digest=None, champion=None, since=None, error="x" * 5000)
    write_served_plan(engine, plan)
    (row,) = read_served_plans(engine, "homes")
    assert row == plan
    assert SERVED_PLANS.c.error.nullable
