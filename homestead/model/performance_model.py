"""What is needed to estimate a model's performance without labels; a JSON file beside the model.

Of a regression, models of the loss of a row, each an ONNX file; of a classification, the
calibration of its probabilities. Both are fitted at training on validation rows, which the model
had not seen then. Servers never read it.
"""

import base64
from typing import Final, Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from homestead.errors import UserError, first_fault
from homestead.model.onnx_model import Model
from homestead.problem.answers.calibration import Calibration

SCHEMA_VERSION: Final = 1


class LossModel(BaseModel):
    """A model of the loss of a row, of which a metric is the mean.

    Attributes:
        metric: ``mae``, ``mape``, ``rmse`` or ``quantile_loss``.
        is_squared: whether the metric is the root of the mean loss.
        onnx: ONNX file in base64: from logged inputs, and the prediction as the last one, to the
            expected loss.
        scale: mean loss of the validation rows, relative to what models that had not seen them
            expected.
        scale_error: standard error of ``scale``.
        noise: root mean square of what a loss differs from the expected one, relative to that.
    """

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)
    metric: str
    is_squared: bool
    onnx: str
    scale: float
    scale_error: float
    noise: float

    def expected_losses(self, inputs: np.ndarray, predictions: np.ndarray) -> np.ndarray:
        """Return the expected loss of each row, (rows,).

        Args:
            inputs: the inputs of ``PerformanceModel.features``, (rows, features).
            predictions: what the model predicted, (rows,).
        """
        expected = Model(base64.b64decode(self.onnx)).predict(
            np.column_stack([inputs, predictions])
        )
        return np.asarray(self.scale * np.maximum(expected, 0))


class PerformanceModel(BaseModel):
    """What was learnt on validation rows for estimates without labels.

    Attributes:
        rows: number of validation rows.
        features: inputs of the loss models; those that the log hides are left out.
        losses: of a regression.
        calibration: of a classification whose model is not calibrated itself, else None.
        undefined: why there is nothing to estimate with; empty if there is.
        on_holdout: what is estimated on the certificate's holdout, by metric; the difference to
            what was measured there corrects estimates of served rows.
    """

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)
    schema_version: Literal[1] = SCHEMA_VERSION
    rows: int
    features: tuple[str, ...] = ()
    losses: tuple[LossModel, ...] = ()
    calibration: Calibration | None = None
    undefined: str = ""
    on_holdout: dict[str, float] = {}

    def to_json(self) -> str:
        """Return the file's text; equal models give equal text."""
        return self.model_dump_json(indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str, origin: str) -> Self:
        """Read the file's text.

        Raises:
            UserError: not JSON, another schema version, or a key is missing or wrong.
        """
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise UserError(f"{origin}: {first_fault(error)}") from None
