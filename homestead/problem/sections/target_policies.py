"""How rows and errors count, and what an answer says beside the prediction."""

from typing import Literal

from pydantic import Field

from homestead.problem.sections.part import ProblemPart

Calibration = Literal["isotonic", "sigmoid"]


class Weights(ProblemPart):
    """How much each row counts in training and, if asked for, in every metric."""

    column: str | None = Field(
        None, description="Column of the rows' weights, from 0 on; it cannot be a feature."
    )
    classes: Literal["balanced"] | dict[str, float] | None = Field(
        None, description="Weight by class, for training only; 'balanced' makes classes equal."
    )
    scoring: bool = Field(False, description="Whether metrics weight the rows by the column too.")


class Interval(ProblemPart):
    """Prediction intervals of a regression: split conformal (Papadopoulos et al., 2002)."""

    coverage: float = Field(
        0.9, ge=0.5, lt=1, description="Share of targets that lie within their interval."
    )
