"""Prediction intervals of a model, as its contract holds them."""

from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict


class PredictionInterval(BaseModel):
    """An interval of one width around each prediction, on one scale.

    Attributes:
        coverage: share of targets that lie within their interval, as it was asked for.
        scale: on which the width is added: the target itself, or its logarithm. Both are mapped
            back by an increasing function, so that coverage is the same in the target's unit.
        half_width: on that scale.
    """

    model_config = ConfigDict(frozen=True)
    coverage: float
    scale: Literal["identity", "log"]
    half_width: float

    def bounds(self, predictions: np.ndarray) -> np.ndarray:
        """Return lower and upper bounds, (rows, 2), of predictions, (rows,)."""
        sides = np.array([-self.half_width, self.half_width])
        if self.scale == "identity":
            return np.asarray(predictions[:, None] + sides)
        return np.asarray(predictions[:, None] * np.exp(sides))


def distances(
    y: np.ndarray, predictions: np.ndarray, scale: Literal["identity", "log"]
) -> np.ndarray:
    """Return the conformal scores: absolute differences on a scale, infinite off the scale."""
    if scale == "identity":
        return np.asarray(np.abs(y - predictions))
    with np.errstate(divide="ignore", invalid="ignore"):
        scores = np.abs(np.log(y) - np.log(predictions))
    return np.asarray(np.where(np.isnan(scores), np.inf, scores))
