"""Key and time stamp as they are guessed from names and values."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from homestead.drafting.guesses.roles import (
    Guess,
    guess_group,
    guess_key,
    guess_timestamp,
    is_row_number,
)
from homestead.drafting.profile.column_profile import profile_column, profile_table

DAYS = pd.date_range("2024-01-01", periods=40).strftime("%Y-%m-%d")


def test_the_time_of_the_event_is_told_from_births_and_gaps() -> None:
    frame = pd.DataFrame({"birth_date": DAYS, "updated": DAYS, "sale_date": DAYS, "y": range(40)})
    guess = guess_timestamp(profile_table(frame), "y")
    assert guess.column == "sale_date"
    assert "updated" in guess.reason
    frame.loc[3, "sale_date"] = ""
    assert guess_timestamp(profile_table(frame), "y").column == "updated"
    births = guess_timestamp(profile_table(frame[["birth_date", "y"]]), "y")
    assert births.column is None
    assert "birth_date" in births.reason


def test_a_key_identifies_each_row_alone_or_with_the_time() -> None:
    ids = np.arange(40) * 7 + 100
    frame = pd.DataFrame({"customer_id": ids, "day": DAYS, "area": np.arange(40) * 3 + 1})
    columns = profile_table(frame)
    assert guess_key(columns, "y", None).column == "customer_id"
    assert guess_key(profile_table(frame[["day", "area"]]), "y", "day").column is None
    repeated = frame.assign(customer_id=ids // 20)
    with_time = guess_key(profile_table(repeated), "y", "day")
    assert with_time.column == "customer_id"
    assert "with day" in with_time.reason
    alone = guess_key(profile_table(repeated), "y", None)
    assert alone.column is None
    assert "several times" in alone.reason
    assert guess_group(profile_table(repeated), "y") == "customer_id"


def test_numbers_of_the_rows_are_no_key_but_an_id_of_that_form_is() -> None:
    assert is_row_number(profile_column("Unnamed: 0", pd.Series(range(40))))
    assert is_row_number(profile_column("rownames", pd.Series(range(1, 41))))
    assert not is_row_number(profile_column("id", pd.Series(range(40))))
    assert not is_row_number(profile_column("year", pd.Series(range(1980, 2020))))
    columns = profile_table(pd.DataFrame({"rownames": range(40), "id": range(40)}))
    assert guess_key(columns, "y", None).column == "id"
    assert (
        guess_key(profile_table(pd.DataFrame({"Unnamed: 0": range(40)})), "y", None).column is None
    )


@pytest.mark.parametrize(
    "values",
    [range(1, 41), range(0, 400, 10), [f"Mazda {number}" for number in range(40)]],
    ids=["counted", "a sample of", "text"],
)
def test_names_of_the_rows_are_the_key_where_no_other_column_identifies_them(values: Any) -> None:
    frame = pd.DataFrame({"area": np.arange(40) * 3 + 1, "rownames": values})
    guess = guess_key(profile_table(frame), "y", None)
    assert guess == Guess("rownames", "each value occurs once")
    repeated = frame.assign(rownames=list(values)[:20] * 2)
    assert guess_key(profile_table(repeated), "y", None).column is None
