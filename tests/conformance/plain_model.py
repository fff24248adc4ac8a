"""The smallest model for Seldon's wrapper, which then makes the whole message itself."""

from typing import Any


class PlainModel:
    """Predicts a constant."""

    def predict(self, rows: Any, names: Any, meta: Any = None) -> Any:
        """Return one value for each row."""
        import numpy as np

        return np.ones((len(rows), 1))
