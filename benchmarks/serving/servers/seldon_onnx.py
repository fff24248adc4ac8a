"""A model as Seldon's documentation writes one."""

from typing import Any

import numpy as np
from onnx_file import Onnx


class SeldonOnnx:
    def load(self) -> None:
        self._model = Onnx()

    def predict(self, X: np.ndarray, names: Any = None, meta: Any = None) -> np.ndarray:
        return self._model.predict(X)
