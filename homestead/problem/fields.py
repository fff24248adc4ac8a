"""The fields of a problem file, each valid on its own."""

from pydantic import Field

from homestead.problem.model_metrics import Task
from homestead.problem.parts import (
    Candidate,
    Card,
    Column,
    Drift,
    Gate,
    Name,
    Objectives,
    ProblemPart,
    Share,
    Split,
    View,
)


class ProblemFields(ProblemPart):
    """What a problem file holds; :class:`homestead.problem.schema.Problem` checks it as a whole."""

    name: Name
    description: str = ""
    task: Task
    source: str = Field(min_length=1, description="Path or URI of a Parquet or CSV table.")
    key: str = Field(description="Column of the entity; with the time stamp it names a row.")
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
    drift: Drift = Drift()
    objectives: Objectives = Objectives()
    card: Card = Card()

    def category_codes(self, name: str) -> tuple[str, ...] | None:
        """Return the values of a category column, or None for any other.

        A category's code as a model input is its position among them, from 0.
        """
        column = self.columns.get(name)
        return column.allowed if column and column.type == "category" else None
