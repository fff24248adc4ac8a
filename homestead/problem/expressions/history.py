"""Lags and rolling windows of past rows: ``lag(sales, 7)``, ``mean(sales, 28 days)``.

An argument is an expression; how far back, a number of rows or a duration.
"""

import re
from typing import NamedTuple

from homestead.problem.expressions.expression import Expression
from homestead.problem.expressions.syntax import CodeOfText

LAG = "lag"
WINDOW_FUNCTIONS = ("count", "max", "mean", "median", "min", "std", "sum")
_UNITS_S = {"minute": 60, "hour": 3600, "day": 86400, "week": 604800}
_MAX_SPAN = 1_000_000
_FORM = re.compile(r"\s*(\w+)\s*\((.*),\s*([0-9]+)\s*([a-z]*)\s*\)\s*", re.DOTALL)
_ALLOWED = (
    "allowed is a function, a value and how far back, such as lag(sales, 1), lag(sales, 7 days),"
    " mean(sales, 28) or mean(sales, 28 days)"
)


class PastValue(NamedTuple):
    """A value of past rows.

    Attributes:
        function: :data:`LAG` or one of :data:`WINDOW_FUNCTIONS`.
        value: what is read of each row.
        span: number of rows, or of units.
        unit_s: length of a unit in seconds; None if the span is a number of rows.
    """

    function: str
    value: Expression
    span: int
    unit_s: int | None

    @property
    def span_s(self) -> int:
        """The span in seconds; 0 if it is a number of rows."""
        return self.span * (self.unit_s or 0)


def parse_past_value(text: str, code_of_text: CodeOfText | None = None) -> PastValue:
    """Read a lag or a window.

    Args:
        code_of_text: as for :class:`.expression.Expression`.

    Raises:
        ValueError: it is none; the text says what was found and what is allowed.
    """
    parts = _FORM.fullmatch(text)
    if parts is None:
        raise ValueError(f"found {text!r}, {_ALLOWED}")
    function, value, digits, unit = parts.groups()
    if function not in (LAG, *WINDOW_FUNCTIONS):
        raise ValueError(f"found {function}(), allowed are {', '.join((LAG, *WINDOW_FUNCTIONS))}")
    unit_s = _UNITS_S.get(unit.removesuffix("s"))
    if unit and unit_s is None:
        raise ValueError(
            f"found {unit!r}, allowed are {', '.join(f'{name}s' for name in _UNITS_S)}"
        )
    span = int(digits[:9])
    if len(digits) > 9 or not 1 <= span <= _MAX_SPAN:
        raise ValueError(f"found {digits} {unit or 'rows'}, allowed are 1 to {_MAX_SPAN:,}")
    return PastValue(function, Expression(value, code_of_text), span, unit_s)
