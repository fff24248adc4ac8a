"""Columns that know the target are told from those that merely predict it well."""

import numpy as np
import pandas as pd

from homestead.drafting.guesses.leaks import LIKELY, SURE, explained_share, same_values
from homestead.drafting.profile.column_profile import ColumnProfile, profile_column

DRAW = np.random.default_rng(0)
Y = DRAW.normal(size=600)


def _column(values: object) -> ColumnProfile:
    return profile_column("x", pd.Series(values))


def test_a_copy_of_a_numeric_target_explains_all_of_it() -> None:
    target = _column(Y)
    assert explained_share(_column(2 * Y + 1), target, False) > SURE
    assert explained_share(_column(np.exp(Y)), target, False) > SURE
    assert LIKELY > explained_share(_column(Y + DRAW.normal(size=600)), target, False) > 0.2
    assert explained_share(_column(DRAW.normal(size=600)), target, False) < 0.1


def test_a_code_of_the_class_explains_all_of_it() -> None:
    label = np.where(Y > 1, "late", "paid")
    target = _column(label)
    assert explained_share(_column(np.where(Y > 1, "L", "P")), target, True) == 1
    # The date of a default is known only where there was one.
    assert explained_share(_column(np.where(Y > 1, 7.0, np.nan)), target, True) == 1
    assert explained_share(_column(DRAW.normal(size=600)), target, True) < 0.1


def test_copies_are_found() -> None:
    assert same_values(_column(Y), _column(Y.copy()))
    assert not same_values(_column(Y), _column(Y[::-1]))
    assert not same_values(_column(["a", "b"]), _column([1, 2]))
