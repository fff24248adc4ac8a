"""Functions of expressions at the limits of what a float can represent."""

import math

import numpy as np
import pytest

from homestead.problem.expressions.functions import (
    ARGUMENT_COUNTS,
    COLUMN_GLOBALS,
    FUNCTIONS,
    OPERATORS,
    ROW_GLOBALS,
    name_in_code,
)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 0.0, -0.0, 1e300, 1e16])
def test_no_function_raises_and_both_versions_agree(name: str, value: float) -> None:
    count = ARGUMENT_COUNTS.get(name, 1)
    with np.errstate(all="ignore"):
        column = FUNCTIONS[name].columns(*[np.array([value])] * count)
    row = FUNCTIONS[name].row(*[value] * count)
    np.testing.assert_array_equal(np.asarray(column, dtype=float), [row])


@pytest.mark.parametrize("name", ["Div", "FloorDiv", "Mod", "Pow"])
@pytest.mark.parametrize(("a", "b"), [(1.0, 0.0), (0.0, 0.0), (-1.0, 0.5), (1e300, 2e300)])
def test_no_operator_raises_and_both_versions_agree(name: str, a: float, b: float) -> None:
    with np.errstate(all="ignore"):
        column = OPERATORS[name].columns(np.array([a]), np.array([b]))
    np.testing.assert_array_equal(column, [OPERATORS[name].row(a, b)])


def test_rounding_never_gives_a_negative_zero() -> None:
    for name in ("ceil", "max", "min"):
        arguments = [-0.0] * ARGUMENT_COUNTS.get(name, 1)
        assert math.copysign(1, FUNCTIONS[name].row(*arguments)) == 1


def test_compiled_code_can_call_nothing_else() -> None:
    names = {name_in_code(name) for name in (*FUNCTIONS, *OPERATORS)} | {"__builtins__"}
    for code_globals in (COLUMN_GLOBALS, ROW_GLOBALS):
        assert code_globals.keys() == names
        assert code_globals["__builtins__"] == {}
