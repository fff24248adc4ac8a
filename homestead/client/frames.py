"""Predictions and contributions as pandas' frames, with the index of the frame that was sent."""

from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from homestead.client.batches import Batch

Part = tuple["Batch", dict[str, Any]]


def prediction_frame(parts: list[Part], index: pd.Index) -> pd.DataFrame:
    """Return the predictions of the responses to a table by columns.

    Returns:
        (rows, …): ``prediction``; ``probability_<class>`` for each class; ``low`` and ``high`` of
        the interval, if it was asked for; ``prediction_id`` and ``row``, which name the row in the
        log; ``model_version``.
    """
    columns: dict[str, list[Any]] = {"prediction": []}
    for batch, content in parts:
        table: dict[str, list[Any]] = {"prediction": content["predictions"]}
        for name, values in content.get("probabilities", {}).items():
            table[f"probability_{name}"] = values
        if "interval" in content:
            table |= {name: content["interval"][name] for name in ("low", "high")}
        table["prediction_id"] = [content["prediction_id"]] * batch.size
        table["row"] = list(range(batch.size))
        table["model_version"] = [content["model_version"]] * batch.size
        for name, values in table.items():
            columns.setdefault(name, []).extend(values)
    return pd.DataFrame(columns, index=index)


def contribution_frame(parts: list[Part], index: pd.Index) -> pd.DataFrame:
    """Return the contributions of the responses to a table by columns.

    Returns:
        (rows, features + 1): the last column, ``base``, is the prediction if nothing is known; a
        row adds up to its prediction. Of a classification the columns are pairs of class and
        feature, in shares of probability.
    """
    columns: dict[Any, list[float]] = {}
    for _, content in parts:
        found = content["contributions"]
        by_class = next(iter(found.values()))
        if isinstance(by_class, dict):
            found = {(c, name): found[name][c] for c in by_class for name in found}
        for name, values in found.items():
            columns.setdefault(name, []).extend(values)
    frame = pd.DataFrame(columns, index=index)
    if isinstance(frame.columns, pd.MultiIndex):
        frame.columns.names = ["class", "feature"]
    return frame
