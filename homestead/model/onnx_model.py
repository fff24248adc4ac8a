"""The ONNX file as a model: what is scored is what will serve."""

import hashlib
from typing import Any

import numpy as np
import onnxruntime

from homestead.errors import UserError
from homestead.files import read_uri
from homestead.problem.contract import METADATA_KEY, Contract

AGREEMENT = 1e-9


class Model:
    """A loaded ONNX file.

    Attributes:
        content: the file's bytes.
        digest: SHA-256 of them, hex.
        contract: what a request may hold.
    """

    def __init__(self, content: bytes, digest: str = "") -> None:
        """Load a file's bytes, on one thread.

        Args:
            digest: theirs, where it is known already.

        Raises:
            UserError: not an ONNX file of Homestead's.
        """
        self.content = content
        self.digest = digest or hashlib.sha256(content).hexdigest()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        try:
            self._session = onnxruntime.InferenceSession(
                content, options, providers=["CPUExecutionProvider"]
            )
            found = self._session.get_modelmeta().custom_metadata_map[METADATA_KEY]
            self.contract = Contract.model_validate_json(found)
        except Exception as error:
            # onnxruntime has no common class of its own for a file that it can't read.
            reason = str(error).splitlines()[0]
            raise UserError(
                f"model {self.digest[:12]}: not a model of Homestead: {reason}"
            ) from None
        self._outputs = [output.name for output in self._session.get_outputs()]

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Predict rows.

        Args:
            X: (rows, features) float64, NaN for missing, features in the contract's order.

        Returns:
            Regression: (rows,). Classification: probabilities, (rows, classes).
        """
        return np.asarray(self._session.run(self._outputs, {"X": X})[0])


def read_model(uri: str, digest: str) -> Model:
    """Load a file, if it is the one that is meant.

    Args:
        uri: see :func:`homestead.files.read_uri`.
        digest: what was scored, certified or released: SHA-256, hex.

    Raises:
        UserError: it can't be read, its digest is another, or it is not Homestead's.
    """
    content = read_uri(uri)
    found = hashlib.sha256(content).hexdigest()
    if found != digest:
        raise UserError(f"{uri}: found digest {found[:12]}, allowed is {digest[:12]}")
    return Model(content, found)


def check_agreement(estimator: Any, model: Model, X: np.ndarray) -> float:
    """The largest relative difference between the fitted estimator and its ONNX file.

    Raises:
        UserError: it is above 1e-9.
    """
    classify = model.contract.task == "classification"
    expected = estimator.predict_proba(X) if classify else estimator.predict(X)
    scale = np.maximum(np.abs(expected), 1e-3 if classify else np.finfo(float).tiny)
    worst = float(np.max(np.abs(model.predict(X) - expected) / scale, initial=0.0))
    if not worst <= AGREEMENT:
        raise UserError(
            f"model {model.digest[:12]}: the ONNX file differs from the fitted"
            f" {type(estimator).__name__} by {worst:.1e}, allowed is {AGREEMENT:.0e}"
        )
    return worst
