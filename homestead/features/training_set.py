"""Training set: each valid row with the feature values that were known at its time."""

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from homestead.features.feast_objects import feast_objects, offline_store
from homestead.names import EVENT_TIME, ROW_NUMBER
from homestead.problem.encoding import add_derived_columns
from homestead.problem.schema import Problem
from homestead.problem.split import SPLIT_COLUMN, split_names


def training_set(valid: pd.DataFrame, folder: Path, problem: Problem) -> pd.DataFrame:
    """Join every view's features point-in-time, and split the rows by time.

    Args:
        valid: ingested rows.
        folder: the views' tables, from :func:`homestead.features.views.write_views`.

    Returns:
        The valid rows in their order, with the features of queries, the derived columns, and
        ``split``: train, validation or holdout. A view's value is the latest one known at the
        row's time and not older than the view's time to live, otherwise NaN.
    """
    rows = add_derived_columns(valid, problem).reset_index(drop=True)
    entities = sorted({view.entity for view in problem.views.values()})
    # A key that cannot be derived is missing: -1 and "" are in no view, whose keys are those of
    # real rows.
    keys = {
        name: rows[name].fillna(-1).astype("int64")
        if pd.api.types.is_numeric_dtype(rows[name])
        else rows[name].fillna("").astype(str)
        for name in entities
    }
    event_times = pd.to_datetime(rows[problem.timestamp], utc=True).astype("datetime64[us, UTC]")
    joined_features = [
        (name, feature)
        for name, view in problem.views.items()
        for feature in view.names
        if feature not in rows
    ]
    if joined_features:
        entity_frame = pd.DataFrame(
            {**keys, EVENT_TIME: event_times, ROW_NUMBER: np.arange(len(rows))}
        )
        references = [f"{view}:{feature}" for view, feature in joined_features]
        with tempfile.TemporaryDirectory() as registry_folder:
            store = offline_store(problem.name, Path(registry_folder))
            store.apply(feast_objects(problem, folder))
            joined = store.get_historical_features(entity_frame, references).to_df()
        joined = joined.set_index(ROW_NUMBER).sort_index()  # Feast does not keep the order of rows
        names = [feature for _, feature in joined_features]
        rows = pd.concat([rows, joined[names].astype("float64")], axis=1)
    rows = add_derived_columns(rows, problem)
    return rows.assign(**{SPLIT_COLUMN: split_names(rows[problem.timestamp], problem.split)})
