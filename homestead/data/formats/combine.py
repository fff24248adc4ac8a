"""Tables of several files as one, whatever the order of the files."""

from collections.abc import Sequence

import pandas as pd


def combine_tables(tables: Sequence[tuple[str, pd.DataFrame]]) -> pd.DataFrame:
    """Return the rows of all tables with the columns of any.

    A column that a table lacks is missing in its rows. Where types differ, each value keeps its
    own: an integer passes through no float.

    Args:
        tables: with each the name of its file. The index's name says what is counted.

    Returns:
        The tables' rows in order. The index holds each row's place as text, such as
        ``3 of part-1.parquet``.
    """
    names = dict.fromkeys(name for _, table in tables for name in table.columns)
    columns = {name: _combine([table.get(name) for _, table in tables], tables) for name in names}
    kinds = {str(table.index.name) for _, table in tables}
    places = [f"{place} of {file}" for file, table in tables for place in table.index]
    return pd.DataFrame(columns).set_index(pd.Index(places, dtype=object, name=min(kinds)))


def _combine(
    parts: Sequence[pd.Series | None], tables: Sequence[tuple[str, pd.DataFrame]]
) -> pd.Series:
    # A part without any value has no type of its own.
    types = {part.dtype for part in parts if part is not None and part.notna().any()}
    dtype = types.pop() if len(types) == 1 else None
    filled = []
    for part, (_, table) in zip(parts, tables, strict=True):
        if part is None or not part.notna().any():
            values = pd.Series([None] * len(table), dtype=dtype or object)
        else:
            values = part.reset_index(drop=True) if dtype else part.astype(object)
        filled.append(values)
    return pd.concat(filled, ignore_index=True)
