"""Expressions: the subset, its meaning, and that columns and rows never disagree."""

import math
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from homestead.problem.expressions.expression import MAX_CHARACTERS, Expression
from homestead.problem.expressions.functions import ARGUMENT_COUNTS, FUNCTIONS
from homestead.problem.expressions.quoted_names import quote_name

NAMES = ("a", "b", "when")

numbers = st.floats(allow_nan=True, allow_infinity=True, width=64) | st.sampled_from(
    [0.0, -0.0, 1.0, -1.0, 0.5, 47.5112, -122.257, 1430438400.0, math.nan, math.inf]
)


def _calls(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    def call(name: str) -> st.SearchStrategy[str]:
        arguments = st.tuples(*[inner] * ARGUMENT_COUNTS.get(name, 1))
        return arguments.map(lambda parts: f"{name}({', '.join(parts)})")

    return st.sampled_from(sorted(FUNCTIONS)).flatmap(call)


def _operations(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    signs = ("+", "-", "*", "/", "//", "%", "**", "<", "<=", ">", ">=", "==", "!=", "and", "or")
    return st.tuples(inner, st.sampled_from(signs), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})")


texts = st.recursive(
    st.sampled_from([*NAMES, "0", "1", "2", "0.5", "86400"]),
    lambda inner: (
        _calls(inner)
        | _operations(inner)
        | inner.map(lambda text: f"(-{text})")
        | inner.map(lambda text: f"(not {text})")
    ),
    max_leaves=8,
)


@settings(max_examples=600, deadline=None)
@example(text="where(a > 0, 1 / a, 0)", rows=[(0.0, 1.0, 1.0)])
@example(text="(a > 0) + (b > 0)", rows=[(1.0, 1.0, 1.0)])
@example(text="-(a > 0) - (b > 0)", rows=[(1.0, 1.0, 1.0)])
@example(text="abs(a ** 0.5)", rows=[(-8.0, 1.0, 1.0)])
@example(text="year(when)", rows=[(1.0, 1.0, 1e15), (1.0, 1.0, -1e11)])
@example(text="1 / ceil(a)", rows=[(-0.5, 1.0, 1.0)])
@given(texts, st.lists(st.tuples(numbers, numbers, numbers), min_size=1, max_size=9))
def test_a_table_and_a_row_give_the_same_result(text: str, rows: list[tuple[float, ...]]) -> None:
    expression = Expression(text)
    table = expression.evaluate_columns(
        {n: np.array(c) for n, c in zip(NAMES, zip(*rows, strict=True), strict=True)}
    )
    singly = [expression.evaluate_row(dict(zip(NAMES, row, strict=True))) for row in rows]
    np.testing.assert_array_equal(table, singly)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("floor(lat * 100) * 100000 + floor(long * 100)", 4751 * 100000 - 12226),
        ("where(renovated > 0, renovated, built)", 1955.0),
        ("2 + 3 * 4 - 6 / 4", 12.5),
        ("7 // 2 + 7 % 4 + 2 ** 3", 14.0),
        ("built >= 1950 and renovated == 0", 1.0),
        ("built < 1950 or not renovated", 1.0),
        ("max(built, 1990) - min(built, 1990)", 35.0),
        ("log(exp(2)) + sqrt(9) + abs(-1)", 6.0),
        ("year(sold) * 100 + month(sold)", 201405.0),
        ("weekday(sold)", 4.0),
        ("hour(sold) * 100 + hour(sold, 'Asia/Kolkata')", 1823.0),
        ("built in (1950, 1955)", 1.0),
        ("built not in [1950, 1955] or built in {year - 59}", 1.0),
        ("isna(renovated / 0) + coalesce(renovated / 0, 7)", 8.0),
        ("days(sold)", 16192.75),
        ("year - 2000", 14.0),
    ],
)
def test_an_expression_means_what_python_and_ieee_754_define(text: str, expected: float) -> None:
    values = {
        "lat": 47.5112,
        "long": -122.257,
        "built": 1955.0,
        "renovated": 0.0,
        "sold": datetime(2014, 5, 2, 18, tzinfo=UTC).timestamp(),
        "year": 2014.0,  # a column may have a function's name
    }
    assert Expression(text).evaluate_row(values) == pytest.approx(expected, rel=1e-12)
    table = Expression(text).evaluate_columns(
        {name: np.full(3, value) for name, value in values.items()}
    )
    assert table == pytest.approx([expected] * 3, rel=1e-12)
    assert table.dtype == np.float64


def test_a_missing_or_undefined_value_is_nan() -> None:
    values = {"a": math.nan, "b": 2.0}
    for text in ("a + b", "max(a, b)", "min(b, a)", "floor(a)", "month(a)", "log(a)", "a // b"):
        assert math.isnan(Expression(text).evaluate_row(values)), text
    for text in ("b / 0", "log(0 * b)", "exp(b * 1000)"):
        assert math.isnan(Expression(text).evaluate_row(values)), text
    assert Expression("where(b > 2, 1 / 0, b)").evaluate_row(values) == 2
    assert Expression("a > b").evaluate_row(values) == 0
    assert Expression("where(a > b, a, b)").evaluate_row(values) == 2


def test_names_are_the_columns_that_are_read() -> None:
    assert Expression("max(a, 2) * log(b)").names == {"a", "b"}
    assert Expression("log + 1").names == {"log"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a +", "not an expression"),
        ("", "not an expression"),
        ("a; b", "not an expression"),
        ("a.real", "Attribute is not allowed"),
        ("[x for x in a]", "ListComp is not allowed"),
        ("lambda: 1", "Lambda is not allowed"),
        ("a if b else 1", "IfExp is not allowed"),
        ("a @ b", "MatMult is not allowed"),
        ("max(*a, *b)", "Starred is not allowed"),
        ("__import__('os')", "found __import__()"),
        ("open(a)", "allowed are abs, ceil"),
        ("log(x=a)", "found log()"),
        ("'text'", "found 'text', allowed are numbers; a text can be compared with a column"),
        ("`a + 1", "not an expression"),
        ("True", "found True, allowed are numbers"),
        ("1 < a < 2", "allowed is one comparison of two values"),
        ("max(a)", "max(): found 1 values, allowed is 2"),
        ("log(a, b)", "log(): found 2 values, allowed is 1"),
        ("9" * 400, "too large"),
        ("a" * (MAX_CHARACTERS + 1), f"allowed are {MAX_CHARACTERS}"),
        ("(" * 300 + "a" + ")" * 300, "not an expression"),
    ],
)
def test_a_refused_text_is_reported_with_what_was_found(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=r".") as error:
        Expression(text)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("`Gr Liv Area` * 2", "Gr Liv Area"),
        ("col('Gr Liv Area') * 2", "Gr Liv Area"),
        ("`1stFlrSF` * 2", "1stFlrSF"),
        ("`max()` * 2", "max()"),
        ("`True` * 2", "True"),
        ("`Größe in m²` * 2", "Größe in m²"),
        ("""`it's "so"` * 2""", 'it\'s "so"'),
        ("`back\\slash` * 2", "back\\slash"),
        ('col("a `quoted` name") * 2', "a `quoted` name"),
        ("col * 2", "col"),
    ],
)
def test_a_quoted_name_reads_any_column(text: str, column: str) -> None:
    values = {column: np.full(2, 21.0)}
    for expression in (Expression(text), Expression(f"{quote_name(column)} * 2")):
        assert expression.names == {column}
        assert expression.evaluate_row({column: 21.0}) == 42
        np.testing.assert_array_equal(expression.evaluate_columns(values), [42, 42])


def test_a_quoted_name_is_an_argument_like_any_other() -> None:
    expression = Expression("max(`a b`, `max()`) + where(`a b` == 'c`d`', 1, 0)", lambda *_: 2.0)
    assert expression.names == {"a b", "max()"}
    assert expression.evaluate_row({"a b": 2.0, "max()": 5.0}) == 6


def test_deep_expressions_work_or_are_refused() -> None:
    deep = "-" * (MAX_CHARACTERS - 1) + "a"
    try:
        assert Expression(deep).evaluate_row({"a": 1.0}) == -1
    except ValueError as error:
        assert "deep" in str(error)
