"""Keys and times of labelled predictions, in the types of the source's columns."""

from typing import Any

import pandas as pd

from homestead.data.labelled.identity import identify, times_of_seconds, typed_column
from homestead.problem.loader import parse_problem
from homestead.problem.schema import Problem
from tests.problem_text import changed_flats

AT = pd.Timestamp("2024-03-05 10:00:00.25").timestamp()


def _problem(**changes: Any) -> Problem:
    return parse_problem(changed_flats(**changes))


def _logged(*entities: str | None) -> pd.DataFrame:
    return pd.DataFrame({"entity": pd.Series(entities, dtype=object), "at": AT})


def test_a_key_is_exact_and_the_time_is_that_of_the_prediction() -> None:
    large = 2**60 + 1
    identity, bad = identify(_logged(str(large)), [{}], _problem())
    assert not bad
    assert identity.id.tolist() == [large]
    assert identity.listed.tolist() == [pd.Timestamp("2024-03-05 10:00:00.25")]
    assert identity.listed.dtype == "datetime64[us]"


def test_a_time_stamp_that_the_model_read_is_the_row_s_time() -> None:
    stamp = pd.Timestamp("2024-03-01 00:00").timestamp()
    told: list[dict[str, object]] = [{"listed": stamp}, {"listed": None}]
    identity, _ = identify(
        _logged("1", "2"), told, _problem(columns__listed__time_format="epoch_s")
    )
    assert identity.listed.tolist() == [
        pd.Timestamp("2024-03-01"),
        pd.Timestamp("2024-03-05 10:00:00.25"),
    ]


def test_a_key_of_several_columns_may_hold_the_time() -> None:
    problem = _problem(key=["id", "district", "listed"])
    entity = '["7","north","2024-03-02T00:00:00+00:00"]'
    identity, bad = identify(_logged(entity, '["7"]', None), [{}, {}, {}], problem)
    first = identity.iloc[0]
    assert (first.id, first.district, first.listed) == (7, "north", pd.Timestamp("2024-03-02"))
    assert identity[1:].isna().all(axis=None)
    assert [str(value) for value in bad] == [
        "id: the log does not tell the key of this prediction"
    ] * 2


def test_logged_values_take_their_column_s_type_whatever_the_file_s_notation() -> None:
    problem = _problem(columns__area__missing=["7"])
    typed, bad = typed_column(pd.Series([7.0, None], dtype=object), "area", problem)
    assert typed.tolist()[0] == 7.0
    assert typed.isna().tolist() == [False, True]
    assert not bad
    lifts, bad = typed_column(pd.Series([True, None, 3], dtype=object), "lift", problem)
    assert lifts.tolist()[0] is True
    assert lifts.isna().tolist() == [False, True, True]
    assert [value.row for value in bad] == [2]


def test_times_are_whole_microseconds_in_utc() -> None:
    times = times_of_seconds(pd.Series([0.0000019, float("nan")]))
    assert times[0] == pd.Timestamp("1970-01-01T00:00:00.000001Z")
    assert times.isna().tolist() == [False, True]
