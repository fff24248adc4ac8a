"""The parts of a problem file, each valid on its own, and the file's fields as a whole."""

from collections import Counter
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from homestead.names import LATENCY_BUCKETS_S
from homestead.problem.model_metrics.table import Task
from homestead.problem.values.listing import list_values

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Share = Annotated[float, Field(ge=0, le=1)]
Sensitivity = Literal["hash", "drop"]
OnStoreFailure = Literal["null", "refuse"]
ESTIMATORS = (
    "sklearn.linear_model.Ridge",
    "sklearn.linear_model.ElasticNet",
    "sklearn.linear_model.LogisticRegression",
    "sklearn.ensemble.RandomForestRegressor",
    "sklearn.ensemble.RandomForestClassifier",
    "sklearn.ensemble.HistGradientBoostingRegressor",
    "sklearn.ensemble.HistGradientBoostingClassifier",
)
INITIAL_ESTIMATORS = ("sklearn.linear_model.Ridge",)


class ProblemPart(BaseModel):
    """Base of all parts: unknown keys are errors, instances are immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Column(ProblemPart):
    """A column of the source table."""

    type: Literal["integer", "number", "boolean", "category", "timestamp"]
    description: str = ""
    unit: str = ""
    range: tuple[float, float] | None = Field(None, description="Smallest and largest, inclusive.")
    allowed: tuple[str, ...] | None = Field(None, description="A category's values, in order.")
    nullable: bool = False
    sensitive: Sensitivity | None = Field(
        None,
        description="Personal data: the prediction log holds a keyed hash of it, or nothing; the"
        " same for features derived from it.",
    )

    @model_validator(mode="after")
    def _constraints_fit_type(self) -> Self:
        if self.type == "category" and not self.allowed:
            raise ValueError("a category needs 'allowed', the list of its values")
        if self.type != "category" and self.allowed:
            raise ValueError(f"'allowed' is for type category, found type {self.type}")
        if self.allowed and len(set(self.allowed)) < len(self.allowed):
            twice = [text for text, count in Counter(self.allowed).items() if count > 1]
            raise ValueError(f"'allowed' lists a value twice: {list_values(twice)}")
        if self.range and self.type not in ("integer", "number"):
            raise ValueError(f"'range' is for type integer or number, found type {self.type}")
        if self.range and not self.range[0] <= self.range[1]:
            raise ValueError(f"found range {list(self.range)}, allowed is [smallest, largest]")
        return self


class View(ProblemPart):
    """A feature view: values of one entity over time.

    Either ``columns`` of the valid rows, known from the row's own time stamp on, or a DuckDB
    ``query`` over the table ``rows`` (columns and derived columns) that yields the entity, the
    time ``event_timestamp`` from which on the values are known, and ``features``. An entity has one
    row at a time. A query reads ``rows`` on one thread, in the order of time and key.
    """

    entity: str
    columns: tuple[str, ...] = ()
    query: str = ""
    features: tuple[Name, ...] = ()
    ttl_days: float = Field(365, gt=0)
    missing: Literal["refuse", "null"] = Field(
        "null", description="An entity without values: refuse the request (404), or use null."
    )
    stale: Literal["mark", "null", "refuse"] = Field(
        "mark",
        description="Values older than ttl_days: serve them and mark the response, treat them as"
        " missing, as training does, or refuse the request (503).",
    )
    on_store_failure: OnStoreFailure = Field(
        default_factory=lambda fields: fields["missing"],
        description="While the online store cannot be read: use null and name the view in the"
        " response, or refuse the request (503). By default as for 'missing'.",
    )

    @model_validator(mode="after")
    def _has_one_source(self) -> Self:
        if bool(self.columns) == bool(self.query):
            raise ValueError("give either 'columns' or a 'query'")
        if self.query and not self.features:
            raise ValueError("a 'query' needs 'features', the names of the columns it yields")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the features in this view."""
        return self.columns or self.features


class Candidate(ProblemPart):
    """An estimator, and the space in which its best parameters are searched."""

    estimator: Literal[ESTIMATORS]  # type: ignore[valid-type]
    init: Literal[INITIAL_ESTIMATORS] | None = Field(  # type: ignore[valid-type]
        None,
        description="A linear model to start from: a forest or boosting then fits its residual.",
    )
    parameters: dict[str, Any] = Field(
        default_factory=dict,
        description="Fixed parameters; class_weight and monotonic_cst by names of classes and"
        " features.",
    )
    search: dict[str, list[Any]] = Field(default_factory=dict, description="Values to choose from.")
    trials: int = Field(1, ge=1, le=200)

    @model_validator(mode="after")
    def _search_and_init_are_possible(self) -> Self:
        for name, values in self.search.items():
            if not values:
                raise ValueError(f"search.{name}: found no values, allowed is a list of them")
            if name in self.parameters:
                raise ValueError(f"search.{name}: is already fixed in 'parameters'")
        if self.init and (self.task == "classification" or ".linear_model." in self.estimator):
            raise ValueError(
                f"init: is for forests and boosting in a regression, found {self.estimator}"
            )
        return self

    @property
    def task(self) -> Task:
        """The task that the estimator is for."""
        classifies = self.estimator.endswith(("Classifier", "LogisticRegression"))
        return "classification" if classifies else "regression"


class Split(ProblemPart):
    """Times that split the rows into train, validation and holdout."""

    validation_from: date
    holdout_from: date

    @model_validator(mode="after")
    def _is_ordered(self) -> Self:
        if self.validation_from >= self.holdout_from:
            raise ValueError(
                f"validation_from {self.validation_from} must be before"
                f" holdout_from {self.holdout_from}"
            )
        return self


class Gate(ProblemPart):
    """Conditions under which a new model becomes champion."""

    limits: dict[str, float] = Field(
        default_factory=dict, description="Worst allowed value per metric on the holdout."
    )
    confidence: float = Field(0.95, gt=0.5, lt=1)
    min_rows: int = Field(
        30, ge=2, description="A holdout with fewer rows is too small to promote on."
    )
    slice_tolerance: float = Field(
        0.05, ge=0, description="How much worse, relative to the champion, a slice may be."
    )
    min_slice_rows: int = Field(50, ge=1, description="Slices with fewer rows are not judged.")


class DriftPolicy(ProblemPart):
    """Conditions under which the served rows count as drifted from the training rows."""

    max_drift_share: Share = 0.3
    min_rows: int = Field(100, ge=1)
    max_rows: int = Field(10_000, ge=100)

    @model_validator(mode="after")
    def _is_ordered(self) -> Self:
        if self.min_rows > self.max_rows:
            raise ValueError(f"min_rows {self.min_rows} is more than max_rows {self.max_rows}")
        return self


class Objectives(ProblemPart):
    """Service level objectives over 30 days, and how old features, reports and models may get."""

    availability: float = Field(0.999, gt=0, lt=1, description="Share of requests answered.")
    latency_ms: float = Field(50, gt=0, description="An edge of the latency histogram's buckets.")
    latency_share: float = Field(0.99, gt=0, lt=1, description="Share answered within latency_ms.")
    feature_age_days: float | None = Field(
        None, gt=0, description="Age of a view's newest value; by default the view's ttl_days."
    )
    drift_age_hours: float = Field(26, gt=0, description="Age of the newest drift report.")
    model_age_days: float = Field(
        35, gt=0, description="Since the champion was registered or a training confirmed it."
    )

    @field_validator("latency_ms")
    @classmethod
    def _is_bucket_edge(cls, value: float) -> float:
        edges = [round(edge * 1000, 6) for edge in LATENCY_BUCKETS_S]
        if value not in edges:
            allowed = ", ".join(f"{edge:g}" for edge in edges)
            raise ValueError(f"found {value:g}, allowed are {allowed}")
        return value


class Card(ProblemPart):
    """Sections of the model card that only people can write (Mitchell et al., 2019)."""

    owner: str = ""
    intended_use: str = ""
    out_of_scope: str = ""
    ethics: str = ""
    caveats: str = ""


class ProblemFields(ProblemPart):
    """The fields of a problem file, before the checks that they agree (see ``schema.Problem``)."""

    name: Name
    description: str = ""
    task: Task
    source: str = Field(min_length=1, description="Path or URI of a Parquet or CSV table.")
    key: str = Field(description="Column of the entity; with the time stamp it identifies a row.")
    timestamp: str
    target: str
    target_log: bool = Field(False, description="Fit the logarithm of the target (regression).")
    max_bad_row_share: Share = Field(0.01, description="Largest share of bad rows in the source.")
    columns: dict[str, Column]
    derived: dict[Name, str] = Field(default_factory=dict, description="Name: expression.")
    views: dict[Name, View]
    features: tuple[str, ...] = Field(min_length=1, description="The model's inputs, in order.")
    candidates: dict[Name, Candidate] = Field(min_length=1)
    split: Split
    metric: str
    baseline: str | None = Field(
        None, description="Column whose groups' typical target is the prediction to compare with."
    )
    gate: Gate = Gate()
    slices: tuple[str, ...] = ()
    drift: DriftPolicy = DriftPolicy()
    objectives: Objectives = Objectives()
    card: Card = Card()
