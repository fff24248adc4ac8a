"""The serving contract: what a request may hold. It travels inside the ONNX file's metadata,
so that the file's SHA-256 covers the model and the meaning of its inputs together.
"""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict

from homestead.problem.expressions import Expression
from homestead.problem.parts import Column
from homestead.problem.schema import Problem

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


class Contract(BaseModel):
    """What the server must know of a problem to answer requests.

    Attributes:
        columns: columns of the source but for the target, by name.
        derived: expressions by name, in the order in which they are computed.
        features: the model's inputs, in the order of its matrix.
        classes: the target's values, in order; empty for a regression.
    """

    model_config = ConfigDict(frozen=True)
    problem: str
    task: Literal["regression", "classification"]
    key: str
    timestamp: str
    target: str
    classes: tuple[str, ...]
    columns: dict[str, Column]
    derived: dict[str, str]
    views: tuple[ContractView, ...]
    features: tuple[str, ...]

    @classmethod
    def of(cls, problem: Problem) -> Self:
        """The contract that follows from a problem."""
        return cls(
            problem=problem.name,
            task=problem.task,
            key=problem.key,
            timestamp=problem.timestamp,
            target=problem.target,
            classes=problem.category_codes(problem.target) or (),
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
                )
                for name, view in problem.views.items()
            ),
            features=problem.features,
        )

    @property
    def sensitive(self) -> dict[str, Literal["hash", "drop"]]:
        """What the prediction log holds of sensitive columns and of what is derived from them;
        a derived value is as sensitive as the most sensitive column that it is made from.
        """
        marks = {name: c.sensitive for name, c in self.columns.items() if c.sensitive}
        for name, text in self.derived.items():
            read = {marks[n] for n in Expression(text).names if n in marks}
            if read:
                marks[name] = "drop" if "drop" in read else "hash"
        return marks
