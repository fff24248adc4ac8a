"""Matrices of model inputs: codes, natural values, and what is named in a mistake."""

from typing import Any

import pytest

from homestead.serving.errors import RefusedError
from tests.homes import homes_resolver


def test_a_matrix_may_hold_codes_or_natural_values() -> None:
    check = homes_resolver().check_matrix
    codes = check([[80, 3, 1, 1, None, 4.4, 15, None]])
    natural = check([[80.0, 3.0, True, "house", None, 4.4, 15, None]])
    assert codes[0][:4] == natural[0][:4] == [80, 3, 1, 1]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ([80, 3], "row 0: found 2 values, allowed are 8"),
        ("x", "row 0: found 'x'"),
        ([80, 3, 1, 2, None, 4, 1, 1], "row 0: kind: found 2, allowed is 0 to 1"),
        ([80, 3, 0.5, 1, None, 4, 1, 1], "row 0: lift: found 0.5"),
        ([None, 3, 1, 1, None, 4, 1, 1], "row 0: area: found null"),
    ],
)
def test_an_invalid_matrix_is_named(row: Any, message: str) -> None:
    with pytest.raises(RefusedError) as error:
        homes_resolver().check_matrix([row])
    assert message in str(error.value)


def test_a_matrix_without_rows_is_refused() -> None:
    with pytest.raises(RefusedError, match="no rows"):
        homes_resolver().check_matrix([])
