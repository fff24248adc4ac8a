"""Prediction intervals of a model, as its contract holds them."""

from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

Scale = Literal["identity", "log"]


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
    scale: Scale
    half_width: float

    def bounds(self, predictions: np.ndarray) -> np.ndarray:
        """Return lower and upper bounds, (rows, 2), of predictions, (rows,)."""
        sides = np.array([-self.half_width, self.half_width])
        if self.scale == "identity":
            return np.asarray(predictions[:, None] + sides)
        return np.asarray(predictions[:, None] * np.exp(sides))


class QuantileInterval(BaseModel):
    """Bounds that models of two quantiles predict, which the ONNX graph holds with the margin.

    Attributes:
        coverage: share of targets that lie within their interval, as it was asked for.
        scale: on which the margin is added, as in :class:`PredictionInterval`.
        margin: by which each quantile is moved outwards on that scale; inwards if it is negative.
    """

    model_config = ConfigDict(frozen=True)
    coverage: float
    scale: Scale
    margin: float

    @property
    def sides(self) -> np.ndarray:
        """What is added to the lower and the upper quantile, or on the log scale multiplies it."""
        sides = np.array([-self.margin, self.margin])
        return sides if self.scale == "identity" else np.exp(sides)

    def bounds(self, quantiles: np.ndarray, predictions: np.ndarray) -> np.ndarray:
        """Return lower and upper bounds, (rows, 2).

        Quantiles that cross are put in order. Bounds leave no prediction out, so that the lower one
        is never above the upper one, whatever the margin; this covers more, never less.

        Args:
            quantiles: what the two models predict, (rows, 2).
            predictions: (rows,).
        """
        ordered = np.sort(quantiles, axis=1)
        moved = ordered + self.sides if self.scale == "identity" else ordered * self.sides
        return np.column_stack(
            [np.minimum(moved[:, 0], predictions), np.maximum(moved[:, 1], predictions)]
        )


def distances(y: np.ndarray, predictions: np.ndarray, scale: Scale) -> np.ndarray:
    """Return the conformal scores: absolute differences on a scale, infinite off the scale."""
    if scale == "identity":
        return np.asarray(np.abs(y - predictions))
    with np.errstate(divide="ignore", invalid="ignore"):
        scores = np.abs(np.log(y) - np.log(predictions))
    return np.asarray(np.where(np.isnan(scores), np.inf, scores))


def distances_outside(y: np.ndarray, quantiles: np.ndarray, scale: Scale) -> np.ndarray:
    """Return how far targets lie outside their two quantiles on a scale; inside it is negative.

    The conformal scores of Romano et al., "Conformalized quantile regression" (2019); infinite off
    the scale.

    Args:
        quantiles: (rows, 2), in any order.
    """
    ordered = np.sort(quantiles, axis=1)
    if scale == "log":
        with np.errstate(divide="ignore", invalid="ignore"):
            y, ordered = np.log(y), np.log(ordered)
    with np.errstate(invalid="ignore"):
        scores = np.maximum(ordered[:, 0] - y, y - ordered[:, 1])
    return np.asarray(np.where(np.isnan(scores), np.inf, scores))
