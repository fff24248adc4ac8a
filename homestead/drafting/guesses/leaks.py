"""How well each column alone predicts the target: what knows it nearly exactly may be a leak.

A column that is a copy of the target, or is recorded together with it, makes a model that is
excellent on paper and useless where the target is not yet known (Kaufman et al., 2012, "Leakage in
data mining").
"""

import numpy as np
import pandas as pd

from homestead.drafting.profile.column_profile import ColumnProfile

# Explained share of the target beyond which a column surely knows it, and that is worth a word.
SURE, LIKELY = 0.99, 0.9
_MAX_ROWS = 4000
_MIN_ROWS = 40
_MAX_LEVELS = 500
_FOLDS = 3
_LEAF_ROWS = 3


def explained_share(column: ColumnProfile, target: ColumnProfile, classifies: bool) -> float:
    """Return the share of the target that a column alone explains on rows held back, 0 to 1.

    For a regression it is the share of the variance of the target's ranks; for a classification
    the share of the errors of the most frequent class that are avoided. A missing value of the
    column counts as a value of its own.
    """
    known = np.flatnonzero(target.is_present)
    if len(known) < _MIN_ROWS or column.distinct < 2 - bool(column.missing):
        return 0.0
    rng = np.random.default_rng(0)
    rows = rng.permutation(known)[:_MAX_ROWS]
    y = _target_codes(target, rows, classifies)
    x = _numbers(column, rows)
    if x is None:
        return 0.0
    fold = np.arange(len(rows)) % _FOLDS
    predicted = np.empty(len(rows))
    for number in range(_FOLDS):
        train, test = fold != number, fold == number
        predicted[test] = _predict(x[train], y[train], x[test], column, classifies)
    if classifies:
        errors = np.mean(predicted != y)
        base = 1 - np.bincount(y.astype(int)).max() / len(y)
    else:
        errors, base = np.mean((predicted - y) ** 2), np.var(y)
    return float(np.clip(1 - errors / base, 0, 1)) if base > 0 else 0.0


def same_values(first: ColumnProfile, second: ColumnProfile) -> bool:
    """Return whether two columns hold the same values in all rows."""
    if first.type != second.type or first.missing != second.missing:
        return False
    if first.distinct != second.distinct or not first.counts.equals(second.counts):
        return False
    return bool(first.values.equals(second.values))


def _target_codes(target: ColumnProfile, rows: np.ndarray, classifies: bool) -> np.ndarray:
    values = target.values.iloc[rows]
    if classifies:
        return pd.factorize(values)[0]
    return values.rank().to_numpy(dtype=float)


def _numbers(column: ColumnProfile, rows: np.ndarray) -> np.ndarray | None:
    values = column.values.iloc[rows]
    if column.type == "category":
        return None if column.distinct > _MAX_LEVELS else pd.factorize(values)[0].astype(float)
    if column.type == "timestamp":
        seconds = values.astype("datetime64[s]").astype("int64").to_numpy(dtype=float)
        return np.where(values.isna(), np.nan, seconds)
    return values.to_numpy(dtype=float)


def _predict(
    x: np.ndarray, y: np.ndarray, x_new: np.ndarray, column: ColumnProfile, classifies: bool
) -> np.ndarray:
    """Predict by the levels of a category, else by a small tree."""
    if column.type == "category":
        by_level = pd.Series(y).groupby(x)
        typical = by_level.agg(lambda v: v.mode().iloc[0]) if classifies else by_level.mean()
        overall = np.bincount(y).argmax() if classifies else y.mean()
        return typical.reindex(x_new).fillna(overall).to_numpy(dtype=float)
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    kind = DecisionTreeClassifier if classifies else DecisionTreeRegressor
    tree = kind(min_samples_leaf=_LEAF_ROWS, max_leaf_nodes=256, random_state=0)
    return np.asarray(tree.fit(x[:, None], y).predict(x_new[:, None]), dtype=float)
