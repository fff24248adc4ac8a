"""Calibration of probabilities, as a model's contract holds it and its ONNX graph computes it."""

from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

# Smallest probability whose logarithm a sigmoid takes: forests yield 0 and 1.
SMALLEST = 1e-6


class CalibrationCurve(BaseModel):
    """An increasing function from a class's probability to its frequency.

    Attributes:
        x, y: knots of a piecewise linear function, constant outside of them; of a sigmoid, none.
        slope, intercept: of the log-odds, of a sigmoid.
    """

    model_config = ConfigDict(frozen=True)
    x: tuple[float, ...] = ()
    y: tuple[float, ...] = ()
    slope: float = 1.0
    intercept: float = 0.0

    @property
    def segments(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """From each knot on: its x, its y, the slope, and the y that is not exceeded; (knots,)."""
        x, y = np.array(self.x), np.array(self.y)
        ends = np.append(y[1:], y[-1])
        slopes = np.append(np.diff(y) / np.diff(x), 0.0)
        return x, y, slopes, ends


class Calibration(BaseModel):
    """Curves of the classes: of the second of two classes, or of each of more.

    Several classes are calibrated one by one and divided by their sum (Zadrozny and Elkan, 2002).
    """

    model_config = ConfigDict(frozen=True)
    method: Literal["isotonic", "sigmoid"]
    curves: tuple[CalibrationCurve, ...]

    def apply(self, probabilities: np.ndarray) -> np.ndarray:
        """Return calibrated probabilities, (rows, classes), of a model's own."""
        if len(self.curves) == 1:
            ones = probabilities[:, 1]
            return np.stack(self._pair(self.curves[0], ones, probabilities[:, 0]), axis=1)
        columns = [
            self._pair(curve, probabilities[:, i], 1 - probabilities[:, i])[1]
            for i, curve in enumerate(self.curves)
        ]
        values = np.stack(columns, axis=1)
        total = values.sum(axis=1, keepdims=True)
        return np.where(total > 0, values / np.where(total > 0, total, 1), 1 / len(columns))

    def _pair(
        self, curve: CalibrationCurve, p: np.ndarray, rest: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the calibrated probabilities of 'not the class' and of the class."""
        if self.method == "sigmoid":
            odds = np.log(np.maximum(p, SMALLEST)) - np.log(np.maximum(rest, SMALLEST))
            score = curve.slope * odds + curve.intercept
            return 1 / (1 + np.exp(score)), 1 / (1 + np.exp(-score))
        x, y, slopes, ends = curve.segments
        inside = np.minimum(np.maximum(p, x[0]), x[-1])
        at = np.searchsorted(x, inside, side="right") - 1
        value = np.minimum(y[at] + (inside - x[at]) * slopes[at], ends[at])
        return 1 - value, value
