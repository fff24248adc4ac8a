"""Profiles of columns, from texts of a CSV and from typed columns."""

import numpy as np
import pandas as pd

from homestead.drafting.profile.column_profile import profile_column, profile_table
from homestead.problem.sections.source_format import SourceFormat


def test_texts_are_profiled_in_their_guessed_type() -> None:
    column = profile_column("price", pd.Series(["10", "", "30", "NA", "10"]))
    assert (column.type, column.rows, column.missing, column.distinct) == ("integer", 5, 2, 2)
    assert column.span == (10, 30)
    assert list(column.counts.items()) == [("10", 2), ("30", 1)]


def test_a_category_keeps_words_that_mean_missing_in_numbers() -> None:
    column = profile_column("country", pd.Series(["NA", "NO", "on", "1e3", "007", "null", ""]))
    assert column.type == "category"
    assert {*column.counts.index} == {"NA", "NO", "on", "1e3", "007", "null"}
    assert column.missing == 1


def test_one_value_and_missing_ones_are_not_constant() -> None:
    assert not profile_column("fee", pd.Series(["5", "", "5"])).is_constant
    assert profile_column("fee", pd.Series(["5", "5", "5"])).is_constant


def test_a_number_far_off_that_recurs_is_a_marker() -> None:
    values = pd.Series([*range(60), -999, -999, -999])
    column = profile_column("depth", values)
    assert column.markers == ("-999",)
    assert column.missing == 3
    assert column.span == (0, 59)
    assert profile_column("depth", pd.Series([*range(60), -999])).markers == ()
    assert profile_column("depth", pd.Series([*map(str, range(60)), "-999", "-999"])).missing == 2


def test_numbers_whose_name_says_that_they_are_codes_are_a_category() -> None:
    column = profile_column("zip_code", pd.Series([98001, 98002, 98001, 98001, 98002]))
    assert column.type == "category"
    assert "codes" in column.reason
    assert column.counts.index.tolist() == ["98001", "98002"]


def test_typed_columns_keep_their_types() -> None:
    days = pd.date_range("2024-01-01", periods=3)
    frame = pd.DataFrame(
        {"a": [1.0, np.nan, 2.0], "b": [True, False, True], "day": days, "c": ["x", None, "y"]}
    )
    columns = profile_table(frame)
    assert [column.type for column in columns.values()] == [
        *("number", "boolean", "timestamp", "category"),
    ]
    assert [column.missing for column in columns.values()] == [1, 0, 0, 1]
    assert columns["b"].counts.index.tolist() == ["true", "false"]


def test_names_and_sentences_are_free_text() -> None:
    assert profile_column("name", pd.Series([f"person {i}" for i in range(80)])).is_free_text
    assert not profile_column("town", pd.Series(["a", "b"] * 40)).is_free_text


def test_without_values_a_column_is_empty() -> None:
    assert profile_column("x", pd.Series([None, None], dtype=object)).type == "empty"
    assert profile_column("x", pd.Series(["", "NA"])).type == "empty"
    assert profile_column("x", pd.Series([np.nan, np.nan])).type == "empty"


def test_times_and_numbers_are_read_as_they_are_written() -> None:
    days = profile_column("sold", pd.Series(["31/12/2014", "10/03/2011", "01/02/2013"]))
    assert (days.type, days.time_format) == ("timestamp", "%d/%m/%Y")
    assert days.values.tolist()[1] == pd.Timestamp("2011-03-10")
    ambiguous = profile_column("sold", pd.Series(["01/02/2014", "10/03/2011"]))
    assert ambiguous.type == "category"
    assert "time_format" in ambiguous.reason
    german = SourceFormat(decimal=",", thousands=".")
    price = profile_column("price", pd.Series(["1.234,5", "7", "3.333"]), german)
    assert (price.type, price.span) == ("number", (7, 3333))
    plain = profile_column("price", pd.Series(["3.333", "7"]))
    assert plain.span == (3.333, 7)
