"""Rows of bucket jobs: canonical keys and their buckets, derived columns, labelled predictions."""

import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from homestead.data.labelled.training_rows import LABELLED_COLUMN
from homestead.features.offline.bucketed_rows import (
    bucket_numbers,
    canonical_keys,
    columns_read,
    known_derived,
    with_derived,
    without_labelled,
)
from homestead.problem.entity_keys import MAX_KEY, MIN_KEY, canonical_key
from tests.bucketed import visits_problem

doubles = st.floats() | st.sampled_from([2.0**63, -(2.0**63), 2.0**53, -0.0, -0.5, math.inf])


@given(st.lists(st.none() | doubles))
@hypothesis_settings(derandomize=True, deadline=None, max_examples=60)
def test_keys_of_doubles_are_canonical(values: list[float | None]) -> None:
    keys = canonical_keys(pa.array(values, pa.float64())).to_pylist()
    expected = [canonical_key(value) for value in values]
    in_range = [k if isinstance(k, int) and MIN_KEY <= k <= MAX_KEY else None for k in expected]
    assert keys == in_range


@pytest.mark.parametrize(
    ("values", "arrow_type", "keys"),
    [
        ([2**60, None, MIN_KEY], pa.int64(), [2**60, None, MIN_KEY]),
        ([True, False, None], pa.bool_(), [1, 0, None]),
        (["", "nan", None], pa.string(), ["", "nan", None]),
    ],
)
def test_other_keys_are_as_they_stand(
    values: list[object], arrow_type: pa.DataType, keys: list[object]
) -> None:
    assert canonical_keys(pa.chunked_array([pa.array(values, arrow_type)])).to_pylist() == keys


def test_equal_keys_share_a_bucket_wherever_they_stand() -> None:
    for keys in (pa.array([7, 2**60, 7, None, None, None]), pa.array(["a", "b", "a"] + [None] * 3)):
        first = bucket_numbers(keys, pa.array(range(6)), 64).to_pylist()
        again = bucket_numbers(keys, pa.array(range(10, 16)), 64).to_pylist()
        assert first[:3] == again[:3]
        assert first[0] == first[2]
        assert first[3:] == [3, 4, 5]  # rows without a key lie scattered


def test_buckets_are_of_similar_size() -> None:
    keys = pa.array(np.arange(64_000))
    numbers = bucket_numbers(keys, keys, 64).to_numpy()
    assert 800 < np.bincount(numbers).min() <= np.bincount(numbers).max() < 1200


def test_the_bucket_of_a_key_is_the_same_in_each_version() -> None:
    keys = pa.array([0, 1, -1, 2**60, MAX_KEY])
    assert bucket_numbers(keys, keys, 1024).to_pylist() == [431, 193, 32, 247, 679]
    texts = pa.array(["", "a", "Zürich"])
    assert bucket_numbers(texts, pa.array([0, 1, 2]), 1024).to_pylist() == [740, 64, 112]


def test_columns_are_read_for_what_is_derived_from_them() -> None:
    problem = visits_problem()
    present = ["id", "day", "shop", "town", "visits", "sales", LABELLED_COLUMN]
    assert columns_read(["area", "id"], problem, present) == ["id", "visits", LABELLED_COLUMN]
    assert columns_read(["area"], problem, [*present, "area"])[-1] == "area"
    assert columns_read(["busy"], problem, present) == [LABELLED_COLUMN]


def test_derived_columns_are_added_once_their_inputs_are_there() -> None:
    problem = visits_problem()
    assert known_derived(problem, ["visits"]) == ["area"]
    assert known_derived(problem, ["recent_mean", "area"]) == ["area", "busy"]
    table = with_derived(pa.table({"visits": [1.5, None, math.inf]}), problem)
    assert table.to_pydict() == {"visits": [1.5, None, math.inf], "area": [1.0, None, None]}
    assert with_derived(table, problem) is table


def test_labelled_predictions_supply_nothing_to_views() -> None:
    table = pa.table({"x": [1, 2, 3], LABELLED_COLUMN: [False, True, False]})
    assert without_labelled(table).to_pydict() == {"x": [1, 3]}
    assert without_labelled(table.drop_columns([LABELLED_COLUMN])).num_rows == 3
