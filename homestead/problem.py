"""The problem file: what a user says about a table, and all that follows from it."""

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from homestead.errors import UserError
from homestead.expressions import Expression

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Share = Annotated[float, Field(ge=0, le=1)]
ESTIMATORS = (
    "sklearn.linear_model.Ridge",
    "sklearn.linear_model.ElasticNet",
    "sklearn.linear_model.LogisticRegression",
    "sklearn.ensemble.RandomForestRegressor",
    "sklearn.ensemble.RandomForestClassifier",
    "sklearn.ensemble.HistGradientBoostingRegressor",
    "sklearn.ensemble.HistGradientBoostingClassifier",
)
METRICS = {
    "regression": ("mape", "mae", "rmse", "r2"),
    "classification": ("log_loss", "accuracy", "f1"),
}
HIGHER_IS_BETTER = frozenset({"r2", "accuracy", "f1"})


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(_Part):
    """A column of the table, as the source delivers it."""

    type: Literal["integer", "number", "boolean", "category", "timestamp"]
    description: str = ""
    unit: str = ""
    range: tuple[float, float] | None = Field(None, description="Smallest and largest, inclusive.")
    allowed: tuple[str, ...] | None = Field(None, description="A category's values, in order.")
    nullable: bool = False

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.type == "category" and not self.allowed:
            raise ValueError("a category needs 'allowed', the list of its values")
        if self.type != "category" and self.allowed:
            raise ValueError("'allowed' is for type: category")
        if self.range and self.range[0] > self.range[1]:
            raise ValueError(f"found range {list(self.range)}, allowed is [smallest, largest]")
        return self


class View(_Part):
    """A feature view: values of one entity over time.

    Either ``columns`` of the valid rows, known from the row's own time stamp on, or a DuckDB
    ``query`` over the table ``rows`` (columns and derived columns) that yields the entity, a
    column ``event_timestamp`` from which on the values are known, and ``features``.
    """

    entity: str
    columns: tuple[str, ...] = ()
    query: str = ""
    features: tuple[Name, ...] = ()
    ttl_days: float = Field(365, gt=0)
    missing: Literal["refuse", "null"] = Field(
        "null", description="An entity without values: refuse the request (404), or null."
    )

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if bool(self.columns) == bool(self.query):
            raise ValueError("give either 'columns' or a 'query'")
        if self.query and not self.features:
            raise ValueError("a 'query' needs 'features', the names of the columns it yields")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the features this view holds."""
        return self.columns or self.features


class Candidate(_Part):
    """An estimator and the space that is searched for its best parameters."""

    estimator: Literal[ESTIMATORS]  # type: ignore[valid-type]
    parameters: dict[str, Any] = Field(default_factory=dict, description="Fixed parameters.")
    search: dict[str, list[Any]] = Field(default_factory=dict, description="Values to choose from.")
    trials: int = Field(1, ge=1, le=200)


class Split(_Part):
    """Times that part the rows: train before the first, validation, holdout from the second."""

    validation_from: date
    holdout_from: date

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.validation_from >= self.holdout_from:
            raise ValueError("validation_from must be before holdout_from")
        return self


class Gate(_Part):
    """What a new model must show to take the champion's place."""

    limits: dict[str, float] = Field(
        default_factory=dict, description="Worst allowed value per metric on the holdout."
    )
    confidence: float = Field(0.95, gt=0.5, lt=1)
    slice_tolerance: float = Field(
        0.05, ge=0, description="How much worse, relative to the champion, a slice may be."
    )
    slice_rows: int = Field(50, ge=1, description="Slices with fewer rows are not judged.")


class Drift(_Part):
    """When the served rows are said to have drifted from the training rows."""

    share: Share = 0.3
    min_rows: int = Field(100, ge=1)
    max_rows: int = Field(10_000, ge=100)


class Objectives(_Part):
    """Service objectives."""

    availability: Share = 0.999
    latency_ms: float = Field(50, gt=0)
    latency_share: Share = 0.99


class Card(_Part):
    """What only people can say in the model card (Mitchell et al., 2019)."""

    owner: str = ""
    intended_use: str = ""
    out_of_scope: str = ""
    ethics: str = ""
    caveats: str = ""


class Problem(_Part):
    """One learning problem."""

    name: Name
    description: str = ""
    task: Literal["regression", "classification"]
    source: str = Field(description="Path or URI of a Parquet or CSV table.")
    key: str = Field(description="Column of the entity; with the time stamp it names a row.")
    timestamp: str
    target: str
    target_log: bool = Field(False, description="Fit the logarithm of the target (regression).")
    tolerance: Share = Field(0.01, description="Largest share of bad rows in the source.")
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
    drift: Drift = Drift()
    objectives: Objectives = Objectives()
    card: Card = Card()

    @model_validator(mode="after")
    def _names_meet(self) -> Self:
        columns, derived = self.columns, self.derived
        _among("key", self.key, columns)
        _among("timestamp", self.timestamp, columns)
        _among("target", self.target, columns)
        _among("metric", self.metric, METRICS[self.task])
        if self.baseline is not None:
            _among("baseline", self.baseline, columns)
        for name in self.gate.limits:
            _among("gate.limits", name, METRICS[self.task])
        if columns[self.timestamp].type != "timestamp":
            raise ValueError(f"timestamp: column {self.timestamp} is not of type timestamp")
        if self.task == "classification" and columns[self.target].type != "category":
            raise ValueError("target: classification needs a column of type category")
        if self.task == "regression" and columns[self.target].type not in ("number", "integer"):
            raise ValueError("target: regression needs a column of type number or integer")
        if self.target_log and self.task != "regression":
            raise ValueError("target_log: only a regression's target has a logarithm")
        known: dict[str, str] = dict.fromkeys(columns, "columns")
        for view in self.views.values():
            known.update(dict.fromkeys(view.features, "views"))
        for name, text in derived.items():
            if name in known:
                raise ValueError(f"derived.{name}: the name is already one of {known[name]}")
            try:
                expression = Expression(text)
            except ValueError as error:
                raise ValueError(f"derived.{name}: {error}") from None
            for read in sorted(expression.names):
                _among(f"derived.{name}", read, known)
                if read == self.target:
                    raise ValueError(f"derived.{name}: reads the target {read}")
            known[name] = "derived"
        for label, view in self.views.items():
            _among(f"views.{label}.entity", view.entity, [*columns, *derived])
            for column in view.columns:
                _among(f"views.{label}.columns", column, columns)
                if column in (self.target, self.timestamp):
                    raise ValueError(f"views.{label}.columns: {column} can't be a feature")
        for feature in self.features:
            _among("features", feature, known)
            if feature == self.target:
                raise ValueError(f"features: {feature} is the target")
        for item in self.slices:
            _among("slices", item, known)
        return self

    def category_codes(self, name: str) -> tuple[str, ...] | None:
        """The values of a category column; its code as a model input is the position, from 0."""
        column = self.columns.get(name)
        return column.allowed if column and column.type == "category" else None


def _among(where: str, found: str, allowed: Any) -> None:
    if found not in allowed:
        raise ValueError(f"{where}: found {found!r}, allowed are {', '.join(allowed)}")


def parse_problem(text: str, origin: str = "problem") -> Problem:
    """Read a problem from YAML.

    Raises:
        UserError: names ``origin``, each wrong key, what was found and what is allowed.
    """
    try:
        raw = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise UserError(f"{origin}: not YAML: {error}") from None
    if not isinstance(raw, dict):
        raise UserError(f"{origin}: found {type(raw).__name__}, allowed is a mapping of keys")
    try:
        return Problem.model_validate(raw)
    except ValidationError as error:
        lines = []
        for item in error.errors():
            key = ".".join(str(part) for part in item["loc"])
            found = "" if isinstance(item["input"], dict) else f" (found {item['input']!r})"
            message = item["msg"].removeprefix("Value error, ")
            lines.append(f"{origin}: {key + ': ' if key else ''}{message}{found}")
        raise UserError("\n".join(lines)) from None


def load_problem(path: Path) -> Problem:
    """Read a problem file; a relative source is taken from the file's folder.

    Raises:
        UserError: the file is not there, or is wrong.
    """
    if not path.is_file():
        raise UserError(f"{path}: no such problem file")
    problem = parse_problem(path.read_text(), str(path))
    if "://" in problem.source or Path(problem.source).is_absolute():
        return problem
    return problem.model_copy(update={"source": str((path.parent / problem.source).resolve())})


def dump_problem(problem: Problem) -> str:
    """The problem as YAML, as a pipeline's parameter carries it."""
    return yaml.safe_dump(problem.model_dump(mode="json", exclude_defaults=True), sort_keys=False)
