"""The serving contract: which inputs a request may hold, and what they mean.

It is stored in the ONNX file's metadata, so that the file's SHA-256 covers the model and the
meaning of its inputs together. The field names are therefore a file format.
"""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from homestead.problem.expressions.expression import Expression
from homestead.problem.model_metrics.table import Task
from homestead.problem.schema import Problem
from homestead.problem.sections.column import Column, Sensitivity
from homestead.problem.sections.view import OnStoreFailure

METADATA_KEY = "homestead.contract"


class ContractView(BaseModel):
    """A feature view as the server needs it."""

    model_config = ConfigDict(frozen=True)
    name: str
    entity: str
    features: tuple[str, ...]
    ttl_days: float
    missing: Literal["refuse", "null"]
    stale: Literal["mark", "null", "refuse"] = "mark"
    on_store_failure: OnStoreFailure = Field(default_factory=lambda fields: fields["missing"])


class Contract(BaseModel):
    """What the server must know of a problem to answer requests.

    Attributes:
        columns: columns of the source except the target, by name.
        derived: expressions by name, in the order in which they are computed.
        features: the model's inputs, in the order of its matrix.
        classes: the target's values, in order; empty for a regression.
        target_unit: the target's unit; empty if the problem states none.
    """

    model_config = ConfigDict(frozen=True)
    problem: str
    task: Task
    key: str
    timestamp: str
    target: str
    classes: tuple[str, ...]
    columns: dict[str, Column]
    derived: dict[str, str]
    views: tuple[ContractView, ...]
    features: tuple[str, ...]
    # Not in files of earlier versions.
    target_unit: str = Field("", exclude_if=lambda unit: not unit)

    @classmethod
    def from_problem(cls, problem: Problem) -> Self:
        """Return the contract of a problem's models."""
        return cls(
            problem=problem.name,
            task=problem.task,
            key=problem.key,
            timestamp=problem.timestamp,
            target=problem.target,
            classes=problem.classes,
            columns={n: c for n, c in problem.columns.items() if n != problem.target},
            derived=problem.derived,
            views=tuple(
                ContractView(
                    name=name,
                    entity=view.entity,
                    features=view.names,
                    ttl_days=view.ttl_days,
                    missing=view.missing,
                    stale=view.stale,
                    on_store_failure=view.on_store_failure,
                )
                for name, view in problem.views.items()
            ),
            features=problem.features,
            target_unit=problem.columns[problem.target].unit,
        )

    @property
    def sensitivity(self) -> dict[str, Sensitivity]:
        """How the prediction log treats sensitive columns and columns derived from them, by name.

        A derived column is as sensitive as the most sensitive column that it reads.
        """
        levels = {name: c.sensitive for name, c in self.columns.items() if c.sensitive}
        for name, text in self.derived.items():
            read = {levels[n] for n in Expression(text).names if n in levels}
            if read:
                levels[name] = "drop" if "drop" in read else "hash"
        return levels
