"""Hashes of values that do not depend on a table's file format, row order or library versions."""

import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pandas as pd

Hashes = npt.NDArray[np.uint64]

_MISSING = np.uint64(0x9E3779B97F4A7C15)
# Beyond it a floating-point number is no exact integer.
_MAX_EXACT = 2.0**53


def text_hashes(texts: Iterable[str]) -> Hashes:
    """Return BLAKE2b of each text, shape (texts,)."""
    digests = (hashlib.blake2b(text.encode(), digest_size=8).digest() for text in texts)
    return np.array([int.from_bytes(digest, "little") for digest in digests], np.uint64)


def number_hashes(numbers: npt.NDArray[np.number]) -> Hashes:
    """Return a hash of each number: equal for 3 and 3.0, and one for all missing values.

    Args:
        numbers: shape (rows,), integers or float64.
    """
    if np.issubdtype(numbers.dtype, np.integer):
        return _mix(numbers.astype(np.int64).view(np.uint64))
    values = numbers.astype(np.float64)
    is_whole = (np.abs(values) < _MAX_EXACT) & (values == np.floor(values))
    bits = np.where(
        is_whole,
        np.where(is_whole, values, 0).astype(np.int64).view(np.uint64),
        values.view(np.uint64),
    )
    return _mix(np.where(np.isnan(values), _MISSING, bits))


def combine_hashes(columns: Iterable[Hashes], rows: int, seed: int) -> Hashes:
    """Return a hash of each row of columns, which depends on their order and the seed."""
    combined = np.full(rows, _mix(np.array([seed], np.uint64))[0])
    for hashes in columns:
        combined = _mix(combined ^ hashes)
    return combined


def column_hashes(values: "pd.Series") -> Hashes:
    """Return a hash of each value, shape (rows,), the same for all types that can hold it."""
    kind = getattr(values.dtype, "kind", "")
    if is_number(values):
        if kind not in "iu":
            return number_hashes(values.to_numpy(np.float64, na_value=np.nan))
        exact = number_hashes(values.fillna(0).to_numpy(np.int64))
        return np.where(values.isna().to_numpy(), number_hashes(np.array([np.nan])), exact)
    if kind == "M":
        return number_hashes(values.to_numpy("datetime64[us]").astype(np.int64))
    codes, distinct = values.factorize()
    hashes: Hashes = text_hashes(["", *map(str, distinct)])[codes + 1]
    return hashes


def table_hash(rows: "pd.DataFrame") -> str:
    """Return the SHA-256, in hex, of a table's values, names of columns and order of rows."""
    digest = hashlib.sha256("\0".join(map(str, rows.columns)).encode())
    columns = (column_hashes(rows[name]) for name in rows)
    digest.update(combine_hashes(columns, len(rows), 0).astype("<u8").tobytes())
    return digest.hexdigest()


def is_number(values: "pd.Series") -> bool:
    """Return whether a column holds numbers or booleans, nullable or not."""
    return getattr(values.dtype, "kind", "O") in "iufb"


def _mix(values: Hashes) -> Hashes:
    """Return splitmix64's finalizer of each value (Steele, Lea and Flood, 2014)."""
    mixed = values + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
