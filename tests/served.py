"""Rows that a small model served, as readers of the prediction log return them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from homestead.model.onnx_model import Model


def answered_frame(
    model: Model, X: np.ndarray, at: np.ndarray, entities: Sequence[str | None] | None = None
) -> pd.DataFrame:
    """Return what the log keeps of rows that a model answers.

    Args:
        X: its inputs, (rows, features).
        at: seconds since 1970, (rows,).
    """
    contract, predictions = model.contract, model.predict(X)
    labels: list[Any] = [None] * len(X)
    if contract.classes:
        codes = predictions.argmax(axis=1)
        if contract.decision is not None:
            codes = contract.decision.codes(predictions)
        labels = [contract.classes[code] for code in codes]
        predictions = predictions[np.arange(len(X)), codes]
    features = [
        {n: None if np.isnan(v) else float(v) for n, v in zip(contract.features, row, strict=True)}
        for row in X
    ]
    return pd.DataFrame(
        {
            "prediction_id": [f"{number:033x}" for number in range(len(X))],
            "row": 0,
            "version": "1",
            "digest": model.digest,
            "at": at.astype(float),
            "entity": list(entities) if entities is not None else [None] * len(X),
            "features": features,
            "prediction": predictions,
            "label": labels,
        }
    ).astype({"entity": object, "label": object})


def labelled_frame(answered: pd.DataFrame, truth: Any) -> pd.DataFrame:
    """Return answered rows with what became known of them."""
    return answered.assign(truth=truth, labelled_at=answered["at"] + 60)
