"""A loaded ONNX file: the model that is scored is the one that serves."""

import hashlib
import os
from collections.abc import Iterator
from typing import Any

import numpy as np

from homestead.errors import UserError
from homestead.files import read_uri
from homestead.problem.answers.interval import PredictionInterval
from homestead.problem.contract import METADATA_KEY, Contract

# Largest relative difference between a fitted estimator and its ONNX file.
MAX_DISAGREEMENT = 1e-9
# Output of graphs that hold the models of two quantiles, and the input that asks for it.
INTERVAL_OUTPUT, INTERVAL_INPUT = "interval", "with_interval"
_WITH_INTERVAL = np.array(True)
# Below these a difference is measured against the bound, not against the value.
_MIN_PROBABILITY = 1e-3
_MIN_PREDICTION = np.finfo(float).tiny
# Rows that a graph gets at once: each of its nodes makes an array of all of them. A row's result
# does not depend on the others.
_ROWS_AT_ONCE = 65_536
# onnxruntime reads tensors that a file keeps elsewhere from the working folder, and the digest
# does not cover them. No file can be found below this one.
_EXTERNAL_FOLDER = ("session.model_external_initializers_file_folder_path", os.devnull)


class Model:
    """A loaded ONNX file.

    Attributes:
        digest: SHA-256 of the file's bytes, in hex.
        contract: what a request may hold.
    """

    def __init__(self, content: bytes, digest: str = "") -> None:
        """Load a file's bytes, to run on one thread.

        Args:
            content: the file's bytes.
            digest: their SHA-256, if it is known already.

        Raises:
            UserError: not an ONNX file of Homestead's, or one whose weights are in a second file.
        """
        # It starts a thread, which the forks of a process would lack that has imported it.
        import onnxruntime

        self.digest = digest or hashlib.sha256(content).hexdigest()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        # Errors alone: an input with a default, such as that of intervals, is warned of otherwise.
        options.log_severity_level = 3
        options.add_session_config_entry(*_EXTERNAL_FOLDER)
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.add_session_config_entry("session.inter_op.allow_spinning", "0")
        try:
            self._session = onnxruntime.InferenceSession(
                content, options, providers=["CPUExecutionProvider"]
            )
            self.contract = Contract.model_validate_json(self.metadata[METADATA_KEY])
        except Exception as error:
            # onnxruntime has no common class of its own for a file that it cannot read.
            reason = str(error).splitlines()[0]
            if "external" in reason.lower():
                reason = "it keeps weights in a second file, which its digest does not cover"
            raise UserError(
                f"model {self.digest[:12]}: not a model of Homestead: {reason}"
            ) from None
        self._outputs = [self._session.get_outputs()[0].name]

    @property
    def metadata(self) -> dict[str, str]:
        """The file's metadata by key; each read copies it."""
        return dict(self._session.get_modelmeta().custom_metadata_map)

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Predict rows.

        Args:
            X: (rows, features) float64, NaN for missing, features in the contract's order.

        Returns:
            Regression: (rows,). Classification: probabilities, (rows, classes).
        """
        found = [self._session.run(self._outputs, {"X": rows})[0] for rows in _parts(X)]
        return np.asarray(found[0] if len(found) == 1 else np.concatenate(found))

    def bounds(self, X: np.ndarray, predictions: np.ndarray) -> np.ndarray:
        """Return lower and upper bounds of prediction intervals, (rows, 2).

        Args:
            X: as in :meth:`predict`.
            predictions: what it returned, (rows,).

        Raises:
            ValueError: the model has no intervals.
        """
        interval = self.contract.interval
        if interval is None:
            raise ValueError(f"model {self.digest[:12]} has no prediction intervals")
        if isinstance(interval, PredictionInterval):
            return interval.bounds(predictions)
        inputs = [{"X": rows, INTERVAL_INPUT: _WITH_INTERVAL} for rows in _parts(X)]
        found = [self._session.run([INTERVAL_OUTPUT], given)[0] for given in inputs]
        return np.asarray(found[0] if len(found) == 1 else np.concatenate(found))


def _parts(X: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the rows in parts; rows of none are one part."""
    for start in range(0, max(len(X), 1), _ROWS_AT_ONCE):
        yield X[start : start + _ROWS_AT_ONCE]


def read_model(uri: str, digest: str) -> Model:
    """Load a file after checking that it is the expected one.

    Args:
        uri: see :func:`homestead.files.read_uri`.
        digest: SHA-256 of what was scored, certified or released, in hex.

    Raises:
        UserError: the file can't be read, has another digest, or is not Homestead's.
    """
    return load_model(read_uri(uri), digest, uri)


def load_model(content: bytes, digest: str, origin: str) -> Model:
    """Load a file's bytes after checking that they are the expected ones.

    Args:
        digest: SHA-256 of what was scored, certified or released, in hex.
        origin: the file's path or URI, for messages.

    Raises:
        UserError: the bytes have another digest, or are not Homestead's.
    """
    actual = hashlib.sha256(content).hexdigest()
    if actual != digest:
        raise UserError(f"{origin}: found digest {actual[:12]}, allowed is {digest[:12]}")
    return Model(content, actual)


def check_agreement(estimator: Any, model: Model, X: np.ndarray) -> float:
    """Return the largest relative difference between a fitted estimator and its ONNX file.

    Args:
        estimator: the fitted estimator.
        model: its ONNX file.
        X: the rows that both predict, (rows, features).

    Raises:
        UserError: the difference is above ``MAX_DISAGREEMENT``.
    """
    is_classifier = model.contract.task == "classification"
    smallest = _MIN_PROBABILITY if is_classifier else _MIN_PREDICTION
    found = [0.0]
    for rows in _parts(X):
        expected = estimator.predict_proba(rows) if is_classifier else estimator.predict(rows)
        scale = np.maximum(np.abs(expected), smallest)
        found.append(float(np.max(np.abs(model.predict(rows) - expected) / scale, initial=0.0)))
    disagreement = float(np.max(found))
    if not disagreement <= MAX_DISAGREEMENT:  # NaN is refused as well
        raise UserError(
            f"model {model.digest[:12]}: the ONNX file differs from the fitted"
            f" {type(estimator).__name__} by {disagreement:.1e},"
            f" allowed is {MAX_DISAGREEMENT:.0e}"
        )
    return disagreement
