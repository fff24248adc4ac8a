"""Formats: what is no number is said to be none."""

import math

import pytest

from homestead.ui.formats import ago, clock, milliseconds, moment, number, percent


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_said_to_be_none(value: float) -> None:
    assert {number(value), percent(value), milliseconds(value)} == {"not a number"}
    assert ago(value, 0) == moment(value) == "–"
    assert clock(value, 60) == ""


def test_times_are_told_as_people_do() -> None:
    now = 1_800_000_000.0
    assert ago(now - 200, now) == "3 min ago"
    assert ago(now + 7200, now) == "in 2 h"
    assert ago(now - 3, now) == "just now"
    assert ago(None, now) == "–"
    assert (clock(now, 3600), clock(now, 30 * 86_400)) == ("08:00", "15 Jan")
    assert moment(1e18) == "–"


def test_latencies_are_in_milliseconds() -> None:
    assert milliseconds(0.00123) == "1.23 ms"
    assert milliseconds(None) == "–"
