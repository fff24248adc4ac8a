"""Which class is answered: by a threshold, or by expected cost, instead of the most probable."""

import numpy as np
from pydantic import BaseModel, ConfigDict


class Decision(BaseModel):
    """A rule from probabilities to the answered class.

    Attributes:
        threshold: the second of two classes is answered from this probability on.
        costs: cost of each actual class (row) that is answered as another (column): the class of
            the smallest expected cost is answered. One of the two is given.
    """

    model_config = ConfigDict(frozen=True)
    threshold: float | None = None
    costs: tuple[tuple[float, ...], ...] | None = None

    def codes(self, probabilities: np.ndarray) -> np.ndarray:
        """Return the answered classes.

        Args:
            probabilities: (rows, classes), in the order of the contract's classes.

        Returns:
            Class codes of shape (rows,), int64.
        """
        if self.threshold is not None:
            return np.asarray(probabilities[:, 1] >= self.threshold).astype(np.int64)
        return np.asarray((probabilities @ np.array(self.costs)).argmin(axis=1))
