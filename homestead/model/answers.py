"""What a model's prediction becomes in an answer and in the prediction log."""

import numpy as np

from homestead.problem.contract import Contract


def answered_values(contract: Contract, predictions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what the log holds of predictions: values and labels.

    Args:
        predictions: as :meth:`homestead.model.onnx_model.Model.predict` returns them.

    Returns:
        Values, (rows,) float64: of a regression the predictions, else the label's probability.
        Labels, (rows,) object: the answered class; None for a regression.
    """
    if not contract.classes:
        return predictions, np.full(len(predictions), None, dtype=object)
    decision = contract.decision
    # Of equally probable classes the first is answered, as argmax does.
    codes = predictions.argmax(axis=1) if decision is None else decision.codes(predictions)
    labels = np.array(contract.classes, dtype=object)[codes]
    return predictions[np.arange(len(predictions)), codes], labels
