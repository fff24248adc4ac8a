"""Outcomes of every task: read as the problem's target, with the reason where one is not."""

from typing import Any

import pandas as pd

from homestead.prediction_log.labels.columns import LabelColumns, seconds
from homestead.problem.schema import Problem
from homestead.problem.sections.column import Column
from homestead.problem.sections.source_format import SourceFormat
from tests.factories import flats_problem


def problem(task: str = "classification", **target: Any) -> Problem:
    """Return a problem whose target is the column ``rent``, as described."""
    found = flats_problem()
    columns = {**found.columns, "rent": Column(**target)}
    return found.model_copy(update={"task": task, "columns": columns})


def classes(values: list[Any], of: Problem) -> tuple[list[str | None], list[str]]:
    """Return the classes that values stand for, and reasons where they stand for none."""
    columns = LabelColumns(pd.DataFrame({"rent": pd.Series(values)}), SourceFormat())
    found = columns.classes(of)[1]
    return found, [reason for _, reason in columns.faults.values()]


def test_any_word_for_a_boolean_names_its_class() -> None:
    found, reasons = classes(["yes", "0", " TRUE ", "maybe", None], problem(type="boolean"))
    assert found == ["true", "false", "true", None, None]
    assert reasons == ["rent: found 'maybe', allowed are false, true"]
    assert classes([True, False], problem(type="boolean"))[0] == ["true", "false"]
    assert classes([1.0, 0.0], problem(type="boolean"))[0] == ["true", "false"]


def test_listed_classes_are_the_only_ones() -> None:
    listed = problem(type="category", allowed=("left", "stayed"))
    found, reasons = classes(["left", "gone", ""], listed)
    assert found == ["left", None, None]
    assert reasons == ["rent: found 'gone', allowed are left, stayed"]
    numbers = problem(type="integer", allowed=("3", "4"))
    assert classes([3, 4, 5], numbers)[0] == ["3", "4", None]
    assert classes(["3", "4.0"], numbers)[0] == ["3", "4"]


def test_classes_that_are_learnt_may_be_any_text() -> None:
    assert classes(["a", None, "b"], problem(type="category"))[0] == ["a", None, "b"]


def test_values_keep_the_rules_of_the_target() -> None:
    of = problem("regression", type="integer", range=(0, 100)).model_copy(
        update={"target_log": True}
    )
    columns = LabelColumns(
        pd.DataFrame({"rent": ["5", "0", "101", "2.5", "inf", "", "1e400"]}), SourceFormat()
    )
    present, values = columns.values(of)
    assert list(present) == [True] * 5 + [False, True]
    assert values[0] == 5
    assert {row: reason for row, (_, reason) in columns.faults.items()} == {
        1: "rent: found 0, allowed is more than 0, for its logarithm",
        2: "rent: found 101, allowed is 0 to 100",
        3: "rent: found '2.5', allowed is a whole number of 64 bits",
        4: "rent: found 'inf', allowed is a whole number of 64 bits",
        6: "rent: found '1e400', allowed is a whole number of 64 bits",
    }


def test_times_of_any_zone_are_instants() -> None:
    columns = LabelColumns(
        pd.DataFrame({"t": ["2024-01-01T13:30:00-08:00", "2024-01-01", None]}), SourceFormat()
    )
    found = seconds(columns.optional("t", Column(type="timestamp")))
    assert found == [1704144600.0, 1704067200.0, None]
