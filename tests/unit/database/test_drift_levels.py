"""Levels of drift checks: spent once, for good, by one check each; on each kind of database."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from homestead.database.drift_levels import SpentLevel, spend_level
from homestead.database.engine import open_database

AT = datetime(2026, 11, 20, tzinfo=UTC)


def spend(url: str, window: str, month: str = "2026-11", problem: str = "flats") -> SpentLevel:
    """Spend half of what is left of 1%, as a new process would."""
    engine = open_database(url)
    try:
        return spend_level(
            engine, problem, window, AT, month, 0.01, lambda spent: (0.01 - spent) / 2
        )
    finally:
        engine.dispose()


def test_a_restart_gives_no_level_back_and_each_month_and_problem_has_its_own(
    database_url: str,
) -> None:
    assert spend(database_url, "a") == SpentLevel("2026-11", 0.005, 0.01, 0.005)
    assert spend(database_url, "b") == SpentLevel("2026-11", 0.0025, 0.01, 0.0075)
    assert spend(database_url, "c", month="2026-12").level == 0.005
    assert spend(database_url, "a", problem="churn").level == 0.005


def test_the_same_data_spend_nothing_anew_and_stay_with_the_month_of_their_first_check(
    database_url: str,
) -> None:
    first = spend(database_url, "a")
    spend(database_url, "b")
    assert spend(database_url, "a") == first
    assert spend(database_url, "a", month="2026-12") == first
    assert spend(database_url, "c", month="2026-12").spent == 0.005


def test_checks_at_once_never_overspend(database_url: str) -> None:
    spend(database_url, "first")
    with ThreadPoolExecutor(4) as pool:
        levels = list(pool.map(lambda name: spend(database_url, name), "abcdefgh"))
    same = {spend(database_url, "a") for _ in range(3)}
    assert same == {levels[0]}
    assert len({level.spent for level in levels}) == 8
    assert max(level.spent for level in levels) < 0.01
