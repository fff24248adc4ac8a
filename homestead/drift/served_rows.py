"""Served rows of several models as inputs of one of them.

The prediction log holds each row as its model read it: a category as its position in that model's
contract. Models of other problem files list categories in another order.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from homestead.problem.contract import Contract
from homestead.problem.expressions.expression import Expression
from homestead.problem.sections.column import Column


def rows_as_inputs_of(
    champion: Contract, rows: pd.DataFrame, contracts: Mapping[str, Contract]
) -> pd.DataFrame:
    """Return the served rows with the champion's category codes.

    Rows are left out if their model is not known any more, or if one of the champion's inputs
    was another quantity for it: of another type, unit or expression, or not an input at all.

    Args:
        rows: the logged inputs by name; the index holds the model's digest.
        contracts: of the models that are known, by digest.
    """
    parts = [
        _translated(rows[rows.index == digest], contracts[digest], champion)
        for digest in rows.index.unique()
        if digest in contracts and has_same_inputs(contracts[digest], champion)
    ]
    return pd.concat(parts) if parts else rows.head(0)


def has_same_inputs(served: Contract, champion: Contract) -> bool:
    """Return whether a model's rows hold each input of the champion as the same quantity."""
    return set(champion.features) <= set(served.features) and all(
        _is_same(name, served, champion) for name in champion.features
    )


def _is_same(name: str, served: Contract, champion: Contract, exact_codes: bool = False) -> bool:
    text = champion.derived.get(name)
    if text is not None or name in served.derived:
        # An expression reads codes: they must be the same for its value to be the same.
        return served.derived.get(name) == text and all(
            _is_same(read, served, champion, exact_codes=True)
            for read in (Expression(text).names if text else ())
        )
    ours, theirs = champion.columns.get(name), served.columns.get(name)
    if ours is None or theirs is None:
        return ours is theirs  # both from a view
    if exact_codes and ours.allowed != theirs.allowed:
        return False
    return (ours.type, ours.unit) == (theirs.type, theirs.unit)


def _translated(rows: pd.DataFrame, served: Contract, champion: Contract) -> pd.DataFrame:
    codes = {
        name: _champions_codes(rows[name], served.columns[name], column)
        for name, column in champion.columns.items()
        if column.type == "category" and name in rows and name in champion.features
    }
    return rows.assign(**codes)


def _champions_codes(codes: pd.Series, served: Column, champion: Column) -> np.ndarray:
    """Return the champion's codes of the same values.

    A value that the champion lacks is what it takes unseen values for, or gets a code of its own.
    """
    known = {value: float(code) for code, value in enumerate(champion.allowed or ())}
    theirs = served.allowed or ()
    for value in theirs:
        code = champion.unseen_code if champion.takes_unseen else float(len(known))
        known.setdefault(value, code)
    return codes.map({code: known[value] for code, value in enumerate(theirs)}).to_numpy(float)
