"""Patterns of expressions: what an editor underlines does not load, and what loads is allowed."""

import re

import pytest

from homestead.problem.editor.expression_forms import expression_schema, history_schema
from homestead.problem.expressions.expression import Expression
from homestead.problem.expressions.functions import FUNCTIONS
from homestead.problem.expressions.history import parse_past_value

EXPRESSION = re.compile(expression_schema()["pattern"])
HISTORY = re.compile(history_schema()["pattern"])


@pytest.mark.parametrize(
    "text",
    [
        "log(area)",
        "floor(lat * 100) * 100000 + floor(long * 100)",
        "where(renewed > 0 and not (built < 1900), renewed, built)",
        'log(`Gr Liv Area`) + col("Lot (sqft)")',
        "district == 'north (old)' or (area) > 1e3",
        "level in ('a(b)', 'c')",
        "größe + 1",
    ],
)
def test_what_loads_is_not_underlined(text: str) -> None:
    Expression(text, lambda column, value: 0.0)
    assert EXPRESSION.match(text)


@pytest.mark.parametrize("text", ["lgo(area)", "log(sin (area))", "open('file')", "'text"])
def test_an_unknown_function_is_underlined_and_does_not_load(text: str) -> None:
    assert not EXPRESSION.match(text)
    with pytest.raises(ValueError):
        Expression(text, lambda column, value: 0.0)


def test_a_long_wrong_text_is_refused_at_once() -> None:
    assert not EXPRESSION.match("a + " * 20_000 + "sin(b)")


def test_each_function_is_offered() -> None:
    labels = [snippet["label"] for snippet in expression_schema()["defaultSnippets"]]
    assert {label.partition("(")[0] for label in labels} == set(FUNCTIONS)
    assert "where(condition, value, otherwise)" in labels


@pytest.mark.parametrize("text", ["lag(sales, 1)", "mean(log(sales), 28 days)", " max( a,2weeks )"])
def test_a_window_that_loads_is_not_underlined(text: str) -> None:
    parse_past_value(text)
    assert HISTORY.match(text)


@pytest.mark.parametrize("text", ["sales", "mode(sales, 7 days)", "lag(sales)", "lag(sales, 7 y)"])
def test_a_window_that_does_not_load_is_underlined(text: str) -> None:
    assert not HISTORY.match(text)
    with pytest.raises(ValueError, match="allowed"):
        parse_past_value(text)
