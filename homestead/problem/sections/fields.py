"""The fields of a problem file as a whole."""

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from homestead.problem.entity_keys import KeyColumns, columns_of_key
from homestead.problem.model_metrics.table import Task
from homestead.problem.sections.candidate import Candidate
from homestead.problem.sections.column import Column
from homestead.problem.sections.labels import LabelPolicy
from homestead.problem.sections.loop.retraining import RetrainingPolicy
from homestead.problem.sections.loop.scoring import Scoring
from homestead.problem.sections.part import Name, ProblemPart, Share, Text
from homestead.problem.sections.performance import PerformancePolicy
from homestead.problem.sections.policies import DriftPolicy, Gate, Objectives
from homestead.problem.sections.release import ReleasePolicy
from homestead.problem.sections.source_format import Drop, SourceFormat
from homestead.problem.sections.split import Split
from homestead.problem.sections.target_policies import Calibration, Interval, Weights
from homestead.problem.sections.view import View
from homestead.problem.values.source_urls import canonical_source


class Card(ProblemPart):
    """Sections of the model card that only people can write (Mitchell et al., 2019)."""

    owner: str = ""
    intended_use: str = ""
    out_of_scope: str = ""
    ethics: str = ""
    caveats: str = ""


def _check_key(value: Any) -> Any:
    listed = value if isinstance(value, list | tuple) else [value]
    if value is None or all(isinstance(name, str) for name in listed):
        return value
    raise ValueError(f"found {value!r}, allowed is the name of a column, or a list of names")


class ProblemFields(ProblemPart):
    """The fields of a problem file, before the checks that they agree (see ``schema.Problem``)."""

    name: Name
    description: str = ""
    task: Task
    source: Annotated[str, AfterValidator(canonical_source)] = Field(
        min_length=1,
        description="Path or URI of a Parquet, CSV or JSON lines table; several files by a folder"
        " or a pattern with *; the URL of a database with ?query=; or a table of Spark's catalog,"
        " spark://catalog.database.table.",
    )
    format: SourceFormat = SourceFormat()
    drop: Drop = Drop()
    key: Annotated[KeyColumns, BeforeValidator(_check_key)] = Field(
        None,
        description="Column of the entity, or several that identify it together; with the time"
        " stamp it identifies a row. Without a key, rows are named by their number.",
    )
    timestamp: str | None = Field(
        None, description="Column of the time from which on a row's values are known."
    )
    target: str
    positive: Text | None = Field(
        None, description="Which of two classes is the positive one; by default the last one."
    )
    target_log: bool = Field(False, description="Fit the logarithm of the target (regression).")
    weights: Weights | None = Field(
        None, description="How much rows and classes count; by default all alike."
    )
    costs: dict[str, dict[str, Annotated[float, Field(ge=0)]]] | None = Field(
        None,
        description="Cost of each error of a classification, by actual and answered class. The"
        " answered class follows it, and the metric 'cost' is its mean.",
    )
    calibration: Calibration | None = Field(
        None, description="How probabilities are calibrated on the validation rows."
    )
    interval: Interval | None = Field(
        None, description="Prediction intervals, which an answer holds on request."
    )
    quantile: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="The quantile of the target that is predicted, of the metric 'quantile_loss'.",
    )
    max_bad_row_share: Share = Field(0.01, description="Largest share of bad rows in the source.")
    columns: dict[str, Column]
    derived: dict[Name, str] = Field(
        default_factory=dict,
        description="Inputs that are computed from columns, by name: an expression of columns,"
        " operators, and functions such as log(area).",
    )
    views: dict[Name, View] = Field(default_factory=dict)
    features: tuple[str, ...] = Field(min_length=1, description="The model's inputs, in order.")
    candidates: dict[Name, Candidate] = Field(min_length=1)
    split: Split
    metric: str
    baseline: str | None = Field(
        None, description="Column whose groups' typical target is the prediction to compare with."
    )
    gate: Gate = Gate()
    release: ReleasePolicy = ReleasePolicy(strategy="immediate")
    slices: tuple[str, ...] = ()
    drift: DriftPolicy = DriftPolicy()
    labels: LabelPolicy = LabelPolicy()
    performance: PerformancePolicy = PerformancePolicy()
    objectives: Objectives = Objectives()
    retraining: RetrainingPolicy | None = Field(
        None, description="What starts a training run by itself; by default nothing does."
    )
    scoring: Scoring | None = Field(
        None, description="A table that is scored at set times; by default none is."
    )
    card: Card = Card()

    @property
    def key_columns(self) -> tuple[str, ...]:
        """The columns of the key, in order; empty for a problem without a key."""
        return columns_of_key(self.key)

    @property
    def identity_columns(self) -> tuple[str, ...]:
        """The columns that identify a row and order the rows: time stamp, then key."""
        times = () if self.timestamp is None else (self.timestamp,)
        return tuple(dict.fromkeys((*times, *self.key_columns)))
