"""Small histograms: one panel for each column, bars in proportion, words that cannot break out."""

import re

import numpy as np
import pandas as pd
import pytest

from homestead.problem.schema import Problem
from homestead.problem.sections.column import Column
from homestead.reports.charts import NARROW, WIDE
from homestead.reports.data.column_facts import ColumnFacts, describe_column
from homestead.reports.data.small_histograms import histograms_svg


@pytest.fixture
def facts(churn: Problem) -> dict[str, ColumnFacts]:
    values: dict[str, pd.Series] = {
        "plan": pd.Series(["<b>", "<b>", "plus"], dtype="string"),
        "months": pd.Series([1, 2, 2], dtype="Int64"),
        "satisfaction": pd.Series([None] * 3, dtype="Float64"),
        "region": pd.Series([1, 1, 2], dtype="Int64"),
        "paperless": pd.Series([True, True, False], dtype="boolean"),
    }
    columns = {**churn.columns, "plan": Column(type="text")}
    return {name: describe_column(column, columns[name]) for name, column in values.items()}


def drawn(facts: dict[str, ColumnFacts], churn: Problem, *, is_narrow: bool = False) -> str:
    return str(histograms_svg(NARROW if is_narrow else WIDE, facts, churn, "Values <of> columns"))


def test_each_column_but_key_time_and_target_has_a_panel(
    facts: dict[str, ColumnFacts], churn: Problem
) -> None:
    page = drawn(facts, churn)
    titles = re.findall(r'fill="#000000">([^<]*)</text>', page)
    assert [title.split(",")[0] for title in titles] == list(facts)
    assert churn.target not in titles


def test_narrow_panels_are_in_rows_of_two(facts: dict[str, ColumnFacts], churn: Problem) -> None:
    def places(page: str) -> list[tuple[str, str]]:
        return re.findall(r"translate\(([\d.]+) ([\d.]+)\)", page)

    assert len({y for _, y in places(drawn(facts, churn))}) == 1
    narrow = places(drawn(facts, churn, is_narrow=True))
    assert len({x for x, _ in narrow}) == 2
    assert len({y for _, y in narrow}) == 3


def test_bars_are_as_high_as_their_rows_are_many(
    facts: dict[str, ColumnFacts], churn: Problem
) -> None:
    page = drawn({"months": facts["months"]}, churn)
    (bars,) = re.findall(r'd="([^"]*)" fill="#0072b2"', page)
    heights = [84 - float(top) for top in re.findall(r"V([\d.]+)H", bars)]
    assert heights == pytest.approx([32, 64])


def test_a_column_without_values_has_a_title_and_no_bars(
    facts: dict[str, ColumnFacts], churn: Problem
) -> None:
    page = drawn({"satisfaction": facts["satisfaction"]}, churn)
    assert "satisfaction" in page
    assert "#0072b2" not in page


def test_values_and_names_are_escaped(facts: dict[str, ColumnFacts], churn: Problem) -> None:
    columns = {**churn.columns, "plan": Column(type="text", unit="<u>")}
    page = drawn(facts, churn.model_copy(update={"columns": columns}))
    assert "&lt;b&gt;" in page
    assert "plan, &lt;u&gt;" in page
    assert 'aria-label="Values &lt;of&gt; columns"' in page


def test_years_have_no_thousands_and_amounts_are_short(churn: Problem) -> None:
    column = churn.columns["months"]
    rows = pd.Series(np.arange(3_001), dtype="Int64")
    for unit, label in (("year", ">2000<"), ("EUR", ">2k<")):
        with_unit = column.model_copy(update={"unit": unit})
        problem = churn.model_copy(update={"columns": {**churn.columns, "months": with_unit}})
        assert label in drawn({"months": describe_column(rows, with_unit)}, problem)
