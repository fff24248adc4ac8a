"""Readings in the background: nobody waits for what is slow, and an error stays in its place."""

import threading
import time

import pytest
import sqlalchemy as sa

from homestead.errors import UserError
from homestead.steps.ui.readings import Readings, explain


def test_what_fails_says_why_and_the_rest_is_there() -> None:
    def fail() -> object:
        raise UserError("the database is away")

    readings = Readings().get({"a": fail, "b": lambda: 7}, wait_s=5)
    assert (readings["a"].value, readings["a"].error) == (None, "the database is away")
    assert (readings["b"].value, readings["b"].error) == (7, "")


def test_nobody_waits_longer_than_asked_and_the_next_look_has_it() -> None:
    go_on = threading.Event()
    readings = Readings()
    wanted = {"slow": lambda: go_on.wait(10), "quick": lambda: 1}
    began = time.monotonic()
    latest = readings.get(wanted, wait_s=0.2)
    assert time.monotonic() - began < 2
    assert latest["slow"].read_at is None
    assert latest["quick"].value == 1
    go_on.set()
    assert readings.get(wanted, wait_s=5)["slow"].value is True


def test_what_is_old_is_shown_while_it_is_read_anew() -> None:
    calls: list[int] = []
    go_on = threading.Event()

    def read() -> object:
        calls.append(1)
        if len(calls) > 1:
            go_on.wait(10)
        return len(calls)

    readings = Readings(max_age_s=0.0)
    assert readings.get({"n": read}, wait_s=5)["n"].value == 1
    time.sleep(0.01)
    assert readings.get({"n": read}, wait_s=5)["n"].value == 1
    go_on.set()
    deadline = time.monotonic() + 5
    while readings.get({"n": read}, wait_s=5)["n"].value == 1 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(calls) > 1


def test_what_is_young_is_not_read_again() -> None:
    calls: list[int] = []
    readings = Readings(max_age_s=60)
    for _ in range(5):
        readings.get({"n": lambda: calls.append(1)}, wait_s=5)
    assert len(calls) == 1


def test_one_reading_of_a_kind_is_under_way_whoever_asks() -> None:
    go_on, calls = threading.Event(), []

    def read() -> object:
        calls.append(1)
        return go_on.wait(10)

    readings = Readings()
    for _ in range(5):
        readings.get({"n": read}, wait_s=0.01)
    go_on.set()
    readings.get({"n": read}, wait_s=5)
    assert len(calls) == 1


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("no such table: releases", "run 'homestead migrate'"),
        ('relation "labels" does not exist', "run 'homestead migrate'"),
        ("near FROM: syntax error", "near FROM: syntax error"),
    ],
)
def test_a_missing_table_is_explained(reason: str, said: str) -> None:
    error = sa.exc.ProgrammingError("SELECT secret", {}, Exception(reason))
    assert said in explain(error)
    assert "secret" not in explain(error)


def test_a_long_error_is_cut() -> None:
    assert len(explain(ValueError("x" * 10_000))) < 1000
