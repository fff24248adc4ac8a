"""The model as each peer runs it: onnxruntime on one thread. The file is ``$MODEL``."""

import os

import numpy as np
import onnxruntime


class Onnx:
    """The file, loaded."""

    def __init__(self) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        providers = ["CPUExecutionProvider"]
        self._session = onnxruntime.InferenceSession(os.environ["MODEL"], options, providers)

    def predict(self, rows: object) -> np.ndarray:
        """Predict rows (rows, features): (rows,)."""
        X = np.asarray(rows, dtype=np.float64)
        return np.asarray(self._session.run(None, {"X": X})[0])
