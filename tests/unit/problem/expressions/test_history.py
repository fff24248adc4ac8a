"""How lags and windows are written."""

import pytest

from homestead.problem.expressions.history import parse_past_value


@pytest.mark.parametrize(
    ("text", "function", "names", "span", "span_s"),
    [
        ("lag(sales, 1)", "lag", {"sales"}, 1, 0),
        (" mean( sales ,28 days ) ", "mean", {"sales"}, 28, 28 * 86400),
        ("sum(max(a, `b c`), 1 week)", "sum", {"a", "b c"}, 1, 604800),
        ("count(plan in ('pro', 'x, 3'), 12hours)", "count", {"plan"}, 12, 43200),
        ("count(1, 90 minutes)", "count", set(), 90, 5400),
    ],
)
def test_a_past_value_is_a_function_of_an_expression_and_a_span(
    text: str, function: str, names: set[str], span: int, span_s: int
) -> None:
    past = parse_past_value(text)
    assert past.value.names == names
    assert (past.function, past.span, past.span_s) == (
        function,
        span,
        span_s,
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sales", "found 'sales', allowed is a function, a value and how far back"),
        ("lag(sales)", "allowed is a function, a value and how far back"),
        ("lag(sales, -1)", "allowed is a function, a value and how far back"),
        ("ewm(sales, 3)", "found ewm(), allowed are lag, count, max"),
        ("lag(sales, 0)", "found 0 rows, allowed are 1 to 1,000,000"),
        ("lag(sales, 99999999999999999999 days)", "9 days, allowed are 1 to 1,000,000"),
        ("lag(sales, 7 months)", "found 'months', allowed are minutes, hours, days, weeks"),
        ("lag(sales +, 7)", "'sales +' is not an expression"),
        ("lag(open(a), 7)", "found open()"),
    ],
)
def test_what_is_none_is_reported_with_what_is_allowed(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=r".") as error:
        parse_past_value(text)
    assert message in str(error.value)
