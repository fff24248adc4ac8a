"""The training set: each valid row with what was known at its own time."""

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from homestead.features.feast_objects import feast_objects, offline_store
from homestead.features.views import EVENT_TIME
from homestead.problem.encoding import add_derived_columns
from homestead.problem.schema import Problem
from homestead.problem.split import SPLIT_COLUMN, split_names

_ROW = "homestead_row"


def training_set(valid: pd.DataFrame, folder: Path, problem: Problem) -> pd.DataFrame:
    """Join every view's features point-in-time and part the rows by time.

    Args:
        valid: ingested rows.
        folder: the views' tables, from :func:`homestead.features.views.write_views`.

    Returns:
        The valid rows in their order; the features of queries; derived columns; ``split``, one
        of train, validation and holdout. A view's value is the latest one known at the row's
        time stamp, and not older than the view's time to live; else NaN.
    """
    rows = add_derived_columns(valid, problem).reset_index(drop=True)
    entities = sorted({view.entity for view in problem.views.values()})
    # A key that can't be derived is a missing one: -1 is in no view, since keys there are joined
    # by equality with real rows' keys.
    keys = {
        name: rows[name].fillna(-1).astype("int64")
        if pd.api.types.is_numeric_dtype(rows[name])
        else rows[name].fillna("").astype(str)
        for name in entities
    }
    moments = pd.to_datetime(rows[problem.timestamp], utc=True).astype("datetime64[us, UTC]")
    wanted = {n: [f for f in v.names if f not in rows] for n, v in problem.views.items()}
    features = [f"{name}:{feature}" for name, names in wanted.items() for feature in names]
    if features:
        entity_frame = pd.DataFrame({**keys, EVENT_TIME: moments, _ROW: np.arange(len(rows))})
        with tempfile.TemporaryDirectory() as place:
            store = offline_store(problem.name, Path(place))
            store.apply(feast_objects(problem, folder))
            joined = store.get_historical_features(entity_frame, features).to_df()
        joined = joined.set_index(_ROW).sort_index()
        names = [name for some in wanted.values() for name in some]
        rows = pd.concat([rows, joined[names].astype("float64")], axis=1)
    rows = add_derived_columns(rows, problem)
    return rows.assign(**{SPLIT_COLUMN: split_names(rows[problem.timestamp], problem.split)})
