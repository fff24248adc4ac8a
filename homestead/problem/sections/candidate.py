"""An estimator and its search space."""

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from homestead.problem.model_metrics.table import Task
from homestead.problem.sections.part import ProblemPart

ESTIMATORS = (
    "sklearn.linear_model.Ridge",
    "sklearn.linear_model.ElasticNet",
    "sklearn.linear_model.QuantileRegressor",
    "sklearn.linear_model.LogisticRegression",
    "sklearn.ensemble.RandomForestRegressor",
    "sklearn.ensemble.RandomForestClassifier",
    "sklearn.ensemble.HistGradientBoostingRegressor",
    "sklearn.ensemble.HistGradientBoostingClassifier",
    "lightgbm.LGBMRegressor",
    "lightgbm.LGBMClassifier",
)
INITIAL_ESTIMATORS = ("sklearn.linear_model.Ridge",)
Encoding = Literal["one_hot", "native", "target", "ordinal"]
# What an estimator can make of categories; the first one unless a candidate says another.
_ENCODINGS: dict[str, tuple[Encoding, ...]] = {
    "sklearn.linear_model.": ("one_hot",),
    "sklearn.ensemble.RandomForest": ("target", "ordinal"),
    "sklearn.ensemble.HistGradientBoosting": ("native", "target", "ordinal"),
    "lightgbm.": ("native", "target", "ordinal"),
}


class SearchRange(ProblemPart):
    """An interval of numbers to choose from; of integers if both of its ends are."""

    low: int | float = Field(description="The smallest value.")
    high: int | float = Field(description="The largest value.")
    log: bool = Field(
        False,
        description="Whether values are spread evenly on a logarithmic scale: as many from 0.01 to"
        " 0.1 as from 0.1 to 1.",
    )

    @model_validator(mode="after")
    def _has_values(self) -> Self:
        if self.low >= self.high:
            raise ValueError(f"found low {self.low} and high {self.high}, allowed is low < high")
        if self.log and self.low <= 0:
            raise ValueError(f"low: found {self.low}, allowed with 'log: true' is more than 0")
        return self

    @property
    def is_integer(self) -> bool:
        """Whether its values are integers."""
        return isinstance(self.low, int) and isinstance(self.high, int)


class Candidate(ProblemPart):
    """An estimator, and the space in which its best parameters are searched."""

    estimator: Literal[ESTIMATORS]  # type: ignore[valid-type]
    init: Literal[INITIAL_ESTIMATORS] | None = Field(  # type: ignore[valid-type]
        None,
        description="A linear model to start from: a forest or boosting then fits its residual.",
    )
    encoding: Encoding | None = Field(
        None,
        description="How the estimator gets categories: a column for each (one_hot; linear models),"
        " as sets to split on (native; boosting unless given), as cross-fitted means of the target"
        " (target; forests unless given), or as positions in 'allowed' (ordinal).",
    )
    parameters: dict[str, Any] = Field(
        default_factory=dict,
        description="Fixed parameters; class_weight and monotonic_cst by names of classes and"
        " features.",
    )
    search: dict[str, list[Any] | SearchRange] = Field(
        default_factory=dict,
        description="Values to choose from: a list, or a range with 'low', 'high' and 'log'.",
    )
    trials: int = Field(1, ge=1, le=200)

    @model_validator(mode="after")
    def _search_and_init_are_possible(self) -> Self:
        for name, values in self.search.items():
            if not values:
                raise ValueError(
                    f"search.{name}: found no values, allowed is a list of them, or a range with"
                    " 'low' and 'high'"
                )
            if name in self.parameters:
                raise ValueError(f"search.{name}: is already fixed in 'parameters'")
        if self.init and (self.task == "classification" or ".linear_model." in self.estimator):
            raise ValueError(
                f"init: is for forests and boosting in a regression, found {self.estimator}"
            )
        return self

    @model_validator(mode="after")
    def _encoding_fits_estimator(self) -> Self:
        if self.encoding and self.encoding not in self._encodings:
            *others, last = self._encodings
            allowed = f"{', '.join(others)} or {last}" if others else last
            raise ValueError(
                f"encoding: found {self.encoding!r}, allowed for {self.estimator} is {allowed}"
            )
        return self

    def searched_values(self, parameter: str) -> list[Any]:
        """Return a parameter's values to choose from; of a range, both ends."""
        values = self.search.get(parameter, [])
        return [values.low, values.high] if isinstance(values, SearchRange) else values

    @property
    def _encodings(self) -> tuple[Encoding, ...]:
        return next(e for kind, e in _ENCODINGS.items() if self.estimator.startswith(kind))

    @property
    def default_encoding(self) -> Encoding:
        """How the estimator gets categories unless the candidate says another."""
        return self._encodings[0]

    @property
    def task(self) -> Task:
        """The task that the estimator is for."""
        classifies = self.estimator.endswith(("Classifier", "LogisticRegression"))
        return "classification" if classifies else "regression"
