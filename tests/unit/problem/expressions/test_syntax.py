"""Syntax of expressions: texts that are compared with columns, lists and time zones."""

import math

import numpy as np
import pytest

from homestead.problem.expressions.expression import Expression
from homestead.problem.expressions.syntax import ComparedText
from homestead.problem.expressions.text_codes import compile_derived
from homestead.problem.sections.column import Column

COLUMNS = {
    "plan": Column(type="category", allowed=("free", "pro", "it's")),
    "my plan": Column(type="category", allowed=("pro", "free")),
    "smoker": Column(type="boolean"),
    "joined": Column(type="timestamp"),
}
# By column: the texts of four rows as numbers.
VALUES = {
    "plan": [0.0, 1.0, 2.0, math.nan],
    "my plan": [0.0, 1.0, math.nan, 0.0],
    "smoker": [1.0, 0.0, 1.0, math.nan],
    "joined": [0.0, 1704067200.0, 1704067199.0, math.nan],
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plan == 'pro'", [0, 1, 0, 0]),
        ("'pro' == plan", [0, 1, 0, 0]),
        ("plan != 'pro'", [1, 0, 1, 1]),
        ('plan == "it\'s"', [0, 0, 1, 0]),
        ("plan == 'gone'", [0, 0, 0, 0]),
        ("plan != 'gone'", [1, 1, 1, 1]),
        ("plan in ('pro', 'free', 'gone')", [1, 1, 0, 0]),
        ("plan not in ['pro', 'free']", [0, 0, 1, 1]),
        ("plan in ('gone',)", [0, 0, 0, 0]),
        ("`my plan` == 'pro' and plan == 'free'", [1, 0, 0, 0]),
        ("where(col('my plan') == 'free', 5, 7)", [7, 5, 7, 7]),
        ("smoker == 'yes'", [1, 0, 1, 0]),
        ("joined >= '2024-01-01'", [0, 1, 0, 0]),
        ("'2024-01-01T01:00+01:00' > joined", [1, 0, 1, 0]),
    ],
)
def test_a_text_is_compared_alike_for_columns_and_rows(text: str, expected: list[float]) -> None:
    expression = compile_derived({"x": text}, COLUMNS)["x"]
    table = expression.evaluate_columns({n: np.array(v) for n, v in VALUES.items()})
    np.testing.assert_array_equal(table, expected)
    rows = [{n: v[i] for n, v in VALUES.items()} for i in range(4)]
    assert [expression.evaluate_row(row) for row in rows] == expected


def test_what_is_read_as_a_number_and_what_as_a_text_is_known() -> None:
    expression = Expression("where(plan == 'pro' or plan in ('a', 'b'), price, `my plan` < 'x')")
    assert expression.numbers_read == {"price"}
    assert expression.names == {"plan", "price", "my plan"}
    assert set(expression.texts) == {
        ComparedText("plan", "pro", ordered=False),
        ComparedText("plan", "a", ordered=False),
        ComparedText("plan", "b", ordered=False),
        ComparedText("my plan", "x", ordered=True),
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a + 1 == 'x'", "found a + 1 compared with 'x', allowed is a column"),
        ("'x' == 'y'", "found 'x' compared with 'y', allowed is a column"),
        ("a in ('x', 1)", "found in ('x', 1), allowed is a list of texts or of numbers"),
        ("a in ('x')", "found in 'x', allowed is a list"),
        ("a in ()", "found in (), allowed is a list"),
        ("a in b", "found in b, allowed is a list"),
        ("col(a)", "found col(a), allowed is col('a name')"),
        ("col('')", "found col(''), allowed is col('a name')"),
        ("(1, 2)", "Tuple is not allowed"),
        ("hour(a, b)", "hour(): found b, allowed is a time zone in quotes"),
        ("hour(a, 'Europe/Berln')", "hour(): found 'Europe/Berln', allowed is a time zone: "),
        ("hour(a, 'Europe')", "found 'Europe', allowed is a time zone"),
        ("hour(a, '../etc')", "found '../etc', allowed is a time zone"),
        ("days(a, 'UTC')", "days(): found 2 values, allowed is 1"),
        ("hour('UTC')", "found 'UTC', allowed are numbers"),
    ],
)
def test_a_refused_text_is_reported_with_what_was_found(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=r".") as error:
        Expression(text)
    assert message in str(error.value)


def test_a_similar_time_zone_is_proposed() -> None:
    with pytest.raises(ValueError, match="Europe/Berlin"):
        Expression("hour(a, 'Europe/Berln')")
