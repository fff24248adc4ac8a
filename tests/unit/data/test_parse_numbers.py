"""Numbers from values as they were read: exact, in plain and in other forms."""

import numpy as np
import pandas as pd
import pytest

from homestead.data.parse_numbers import parse_integers, parse_numbers


def _texts(*values: str | None) -> pd.Series:
    return pd.Series(values, dtype=object)


def test_plain_and_other_forms_of_one_column_agree() -> None:
    plain, other = _texts("12", "-7", "9007199254740993"), _texts("+12", "-7.0", "9007199254740993")
    assert parse_integers(plain).tolist() == parse_integers(other).tolist() == [12, -7, 2**53 + 1]
    plain, other = _texts("0.1", "1e3", "123456.75"), _texts("+0.1", "1.e3", " 123456.75")
    assert parse_numbers(plain).tolist() == parse_numbers(other).tolist() == [0.1, 1e3, 123456.75]


def test_numbers_are_rounded_as_python_rounds_them() -> None:
    rng = np.random.default_rng(0)
    numbers = rng.normal(size=200) * 10.0 ** rng.integers(-20, 20, 200)
    texts = [repr(number) for number in numbers.tolist()]
    assert parse_numbers(_texts(*texts)).tolist() == numbers.tolist()


@pytest.mark.parametrize(
    "text", ["", "1_000", "1,5", "0x10", "inf", "nan", "1 2", "--1", "1e", ".", "١", "1e9999999"]
)
def test_what_is_no_number_is_missing(text: str) -> None:
    assert parse_numbers(_texts(text, "1")).isna().tolist() == [True, False]
    assert parse_integers(_texts(text, "1")).isna().tolist() == [True, False]


def test_the_ends_of_64_bits_are_kept_and_what_is_beyond_is_missing() -> None:
    ends = [str(-(2**63)), str(2**63 - 1), str(-(2**63) - 1), str(2**63)]
    assert parse_integers(_texts(*ends)).tolist() == [-(2**63), 2**63 - 1, pd.NA, pd.NA]
    unsigned = pd.Series([2**63 - 1, 2**63], dtype="uint64")
    assert parse_integers(unsigned).tolist() == [2**63 - 1, pd.NA]


def test_truth_values_times_and_durations_are_no_numbers() -> None:
    for values in ([True, False], pd.to_datetime(["2024-01-01"]), pd.to_timedelta(["1h"])):
        assert parse_integers(pd.Series(values)).isna().all()
        assert parse_numbers(pd.Series(values)).isna().all()
        assert parse_numbers(pd.Series(values, dtype=object)).isna().all()
