"""What a model answers for some rows: values or probabilities, and the labels that follow them."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Predictions:
    """A model's answers.

    Attributes:
        values: shape (rows,), or probabilities of shape (rows, classes).
        labels: class codes of shape (rows,), as the model's decision rule chooses them; None for
            the most probable class.
    """

    values: np.ndarray
    labels: np.ndarray | None = None

    @property
    def codes(self) -> np.ndarray:
        """The class codes that are answered, (rows,)."""
        return self.values.argmax(axis=1) if self.labels is None else self.labels

    @property
    def not_finite(self) -> str:
        """How many predictions are not finite, in words; empty if all are."""
        finite = np.isfinite(self.values).reshape(len(self.values), -1).all(axis=1)
        if finite.all():
            return ""
        return f"{(~finite).sum()} of {len(finite)} predictions are not finite numbers"

    def rows(self, mask: np.ndarray) -> "Predictions":
        """Return the answers for some of the rows."""
        return Predictions(self.values[mask], None if self.labels is None else self.labels[mask])


def as_predictions(values: np.ndarray | Predictions) -> Predictions:
    """Return predictions; an array's labels are its most probable classes."""
    return values if isinstance(values, Predictions) else Predictions(values)
