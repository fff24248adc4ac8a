"""What follows from the charts of a data sheet: the sentence changes with the rows."""

import numpy as np
import pandas as pd
import pytest

from homestead.data.ingest import check_rows
from homestead.problem.loader import parse_problem
from homestead.reports.data import sentences
from homestead.reports.data.column_facts import describe_columns
from homestead.reports.data.figures import rows_over_time
from tests.raw_flats import RAW_FLATS, raw_flats_rows


def test_the_sheet_begins_with_what_the_table_holds() -> None:
    problem = parse_problem(RAW_FLATS)
    checked = check_rows(raw_flats_rows(), problem)
    facts = describe_columns(checked.valid, problem)
    text = " ".join(sentences.sheet_sentences(problem, checked, checked.valid, facts))
    assert f"{checked.rows:,} rows of {len(problem.columns)} columns" in text
    assert f"to predict {problem.target}" in text
    assert ("break a rule" in text) is bool(len(checked.quarantine))


def test_the_busiest_time_and_the_rate_of_the_holdout_are_named() -> None:
    days = pd.Series(pd.date_range("2024-01-01", periods=60, freq="D"))
    moments = pd.concat([days, days.tail(10), days.tail(10)], ignore_index=True)
    splits = pd.Series(np.where(moments < pd.Timestamp("2024-02-20"), "train", "holdout"))
    text = sentences.over_time_sentence(rows_over_time(moments, splits), moments, splits)
    assert "the day from 2024-02-20 (3)" in text
    assert "more rows a day than training" in text
    halves = pd.Series(["train"] * 30 + ["holdout"] * 30)
    even = sentences.over_time_sentence(rows_over_time(days, halves), days, halves)
    assert "about as many rows a day" in even


@pytest.mark.parametrize(
    ("values", "says"),
    [
        (np.linspace(0, 100, 101), "about evenly around 50"),
        (np.linspace(0, 10, 101) ** 3, "long tail upwards"),
        (-(np.linspace(0, 10, 101) ** 3), "long tail downwards"),
    ],
)
def test_the_shape_of_the_target_is_told(values: np.ndarray, says: str) -> None:
    text = sentences.distribution_sentence(pd.Series(values), "EUR")
    assert says in text
    assert "EUR" in text


def test_the_most_frequent_and_the_rarest_class_are_named() -> None:
    text = sentences.classes_sentence(pd.Series(["a"] * 9 + ["b"]))
    assert text == "90.0% of rows are a, the most frequent class; b is the rarest with 10.0%."
    assert sentences.classes_sentence(pd.Series(["a"])) == "All rows are a."


def test_columns_that_tell_nothing_are_named() -> None:
    problem = parse_problem(RAW_FLATS)
    valid = check_rows(raw_flats_rows(), problem).valid
    name = next(name for name in problem.features if name in problem.columns)
    constant = valid.assign(**{name: valid[name].iloc[0]})
    text = sentences.columns_sentence(describe_columns(constant, problem), problem)
    assert f"{name} " in text
    assert "hardly tell" in text
