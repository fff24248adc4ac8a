"""How rows and errors count, and what an answer says beside the prediction."""

from typing import Any, Literal

from pydantic import Field

from homestead.problem.sections.part import ProblemPart

Calibration = Literal["isotonic", "sigmoid"]
QUANTILE_ESTIMATORS = (
    "sklearn.ensemble.HistGradientBoostingRegressor",
    "lightgbm.LGBMRegressor",
    "sklearn.linear_model.QuantileRegressor",
)
# Parameters by which each of them is told which quantile to fit.
QUANTILE_PARAMETERS = {
    "sklearn.ensemble.HistGradientBoostingRegressor": ("loss", "quantile"),
    "lightgbm.LGBMRegressor": ("objective", "alpha"),
    "sklearn.linear_model.QuantileRegressor": ("quantile",),
}


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
    """Prediction intervals of a regression.

    ``conformal`` is split conformal (Papadopoulos et al., "Inductive confidence machines for
    regression", 2002): one width for all rows. ``quantile`` is conformalized quantile regression
    (Romano et al., 2019): the width follows the row.
    """

    coverage: float = Field(
        0.9, ge=0.5, lt=1, description="Share of targets that lie within their interval."
    )
    method: Literal["conformal", "quantile"] = Field(
        "conformal",
        description="One width for all rows (conformal), or bounds from models of two quantiles,"
        " which are wide where the target is uncertain (quantile).",
    )
    estimator: Literal[QUANTILE_ESTIMATORS] | None = Field(  # type: ignore[valid-type]
        None,
        description="What the two quantiles are fitted with; without it the candidate's own"
        " estimator where that is boosting, and scikit-learn's boosting otherwise.",
    )
    parameters: dict[str, Any] = Field(
        default_factory=dict, description="Parameters of 'estimator'."
    )
