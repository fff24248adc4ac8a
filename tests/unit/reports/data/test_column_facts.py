"""Facts of a column: pandas' own figures, from one look at its values."""

import numpy as np
import pandas as pd
import pytest

from homestead.data.ingest import check_rows
from homestead.problem.loader import parse_problem
from homestead.problem.schema import Problem
from homestead.problem.sections.column import Column
from homestead.reports.data.column_facts import column_bins, describe_column, describe_columns
from tests.raw_flats import RAW_FLATS, raw_flats_rows


def test_facts_are_those_that_pandas_tells() -> None:
    problem = parse_problem(RAW_FLATS)
    valid = check_rows(raw_flats_rows(), problem).valid
    facts = describe_columns(valid, problem)
    assert list(facts) == list(problem.columns)
    for name, found in facts.items():
        values = valid[name].dropna()
        assert found.present == len(values)
        assert found.missing_share == pytest.approx(valid[name].isna().mean())
        assert found.distinct == values.nunique()
        assert found.repeated == int((values.value_counts() > 1).sum())
        assert found.most.sum() == values.value_counts().head(40).sum()
        if found.span and found.span[1] is not None:
            assert found.span == (values.min(), values.median(), values.max())


@pytest.mark.parametrize("values", [[4, 1, 1, 9], [4, 1, 9], [7]], ids=["even", "odd", "one"])
def test_the_median_of_an_even_number_of_rows_lies_between_two(
    values: list[int], churn: Problem
) -> None:
    column = pd.Series([*values, None], dtype="Int64")
    facts = describe_column(column, churn.columns["months"])
    assert facts.span == (min(values), float(np.median(values)), max(values))
    assert facts.missing_share == pytest.approx(1 / (len(values) + 1))


def test_a_column_without_values_has_no_span(churn: Problem) -> None:
    facts = describe_column(pd.Series([None, None], dtype="Int64"), churn.columns["months"])
    assert facts.span is None
    assert facts.bins is None
    assert (facts.distinct, facts.top_share, facts.missing_share) == (0, 0.0, 1.0)


def test_of_values_that_are_as_frequent_the_first_in_the_table_comes_first() -> None:
    texts = pd.Series(["south", "north", "south", "north", "east"], dtype="string")
    facts = describe_column(texts, Column(type="text"))
    assert list(facts.most.items()) == [("south", 2), ("north", 2), ("east", 1)]
    assert facts.top_share == 0.4


def test_a_column_is_counted_between_its_extremes(churn: Problem) -> None:
    # One value far away does not squeeze the others into one bar, and is counted in the last one.
    column = churn.columns["months"]
    values = np.append(np.arange(10_000.0) % 30, [1e9, np.nan])
    bins = column_bins(values, column)
    assert bins is not None
    assert bins.counts.sum() == 10_001
    assert isinstance(bins.edges, np.ndarray)
    assert bins.edges[-1] < 100
    assert column_bins(np.full(3, np.nan), column) is None
