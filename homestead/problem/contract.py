"""The serving contract: which inputs a request may hold, and what they mean.

It is stored in the ONNX file's metadata, so that the file's SHA-256 covers the model and the
meaning of its inputs together. The field names are therefore a file format.
"""

import json
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from homestead.problem.answers.calibration import Calibration
from homestead.problem.answers.decision import Decision
from homestead.problem.answers.interval import PredictionInterval, QuantileInterval
from homestead.problem.entity_keys import KeyColumns, columns_of_key, key_text
from homestead.problem.expressions.expression import Expression
from homestead.problem.expressions.history import parse_past_value
from homestead.problem.model_metrics.table import Task
from homestead.problem.schema import Problem
from homestead.problem.sections.column import Column, Sensitivity
from homestead.problem.sections.view import OnStoreFailure, View
from homestead.problem.values.booleans import parse_boolean
from homestead.problem.values.time_readers import time_reader
from homestead.problem.values.times import is_allowed_time

METADATA_KEY = "homestead.contract"


def _is_none(value: object) -> bool:
    return value is None


class ContractView(BaseModel):
    """A feature view as the server needs it.

    Attributes:
        horizon_days: of a view of past rows; their values are for times from the event time on.
        sensitive: features that are computed from sensitive columns.
    """

    model_config = ConfigDict(frozen=True)
    name: str
    entity: str
    features: tuple[str, ...]
    ttl_days: float
    missing: Literal["refuse", "null"]
    stale: Literal["mark", "null", "refuse"] = "mark"
    on_store_failure: OnStoreFailure = Field(default_factory=lambda fields: fields["missing"])
    # Not in files of earlier versions.
    horizon_days: float | None = Field(None, exclude_if=lambda days: days is None)
    sensitive: dict[str, Sensitivity] = Field(default_factory=dict, exclude_if=lambda s: not s)


class Contract(BaseModel):
    """What the server must know of a problem to answer requests.

    Attributes:
        columns: columns of the source except the target, by name.
        derived: expressions by name, in the order in which they are computed.
        features: the model's inputs, in the order of its matrix.
        classes: the target's values, in order; empty for a regression.
        target_unit: the target's unit; empty if the problem states none.
        target_range: smallest and largest value of the target; None if the problem states none.
        calibration: how the model's probabilities were calibrated; None if they were not.
        decision: how the answered class is chosen; None for the most probable one.
        interval: None if the model has no prediction intervals.
    """

    model_config = ConfigDict(frozen=True)
    problem: str
    task: Task
    key: KeyColumns = None
    timestamp: str | None = None
    target: str
    classes: tuple[str, ...]
    columns: dict[str, Column]
    derived: dict[str, str]
    views: tuple[ContractView, ...]
    features: tuple[str, ...]
    # Not in files of earlier versions.
    target_unit: str = Field("", exclude_if=lambda unit: not unit)
    target_range: tuple[float, float] | None = Field(None, exclude_if=_is_none)
    calibration: Calibration | None = Field(None, exclude_if=_is_none)
    decision: Decision | None = Field(None, exclude_if=_is_none)
    interval: PredictionInterval | QuantileInterval | None = Field(None, exclude_if=_is_none)

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
            columns={
                name: _with_notation(column, problem)
                for name, column in problem.columns.items()
                if name != problem.target
            },
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
                    horizon_days=(view.horizon_days or 0) if view.history else None,
                    sensitive=_sensitive_history(view, problem),
                )
                for name, view in problem.views.items()
            ),
            features=problem.features,
            target_unit=problem.columns[problem.target].unit,
            target_range=(
                problem.columns[problem.target].range if problem.task == "regression" else None
            ),
        )

    @property
    def key_columns(self) -> tuple[str, ...]:
        """The columns of the key, in order; empty for a problem without a key."""
        return columns_of_key(self.key)

    def row_key(self, row: Mapping[str, Any]) -> str | None:
        """Return the canonical text of a request's key, None where the row lacks a part of it.

        A key of several columns is a JSON list of texts, so that no two keys are written alike.
        """
        texts = [_part_text(row.get(name), self.columns[name]) for name in self.key_columns]
        if isinstance(self.key, str):
            return texts[0]
        if not texts or None in texts:
            return None
        return json.dumps(texts, ensure_ascii=False, separators=(",", ":"))

    @property
    def sensitivity(self) -> dict[str, Sensitivity]:
        """How the prediction log treats sensitive columns and columns derived from them, by name.

        A derived column, and a feature of past rows, is as sensitive as the most sensitive column
        that it reads.
        """
        levels = {name: c.sensitive for name, c in self.columns.items() if c.sensitive}
        for view in self.views:
            levels |= view.sensitive
        for name, text in self.derived.items():
            if level := _most_sensitive(Expression(text).names, levels):
                levels[name] = level
        return levels


def _part_text(value: Any, column: Column) -> str | None:
    """Return the canonical text of a key's part: the same for all ways to write it in a request."""
    if column.type == "integer":
        return key_text(value)
    if column.trim and isinstance(value, str):
        value = value.strip()
    if column.type == "boolean" and (meaning := parse_boolean(value)) is not None:
        return key_text(meaning)
    if column.type == "timestamp":
        seconds = time_reader(column.time_format, column.time_zone)(value)
        if seconds is not None and is_allowed_time(seconds):
            return datetime.fromtimestamp(seconds, UTC).isoformat()
    return key_text(value)


def _most_sensitive(
    names: Collection[str], levels: Mapping[str, Sensitivity]
) -> Sensitivity | None:
    read = {levels[name] for name in names if name in levels}
    return "drop" if "drop" in read else "hash" if read else None


def _sensitive_history(view: View, problem: Problem) -> dict[str, Sensitivity]:
    """Return the sensitivity of a view's features of past rows that have one."""
    levels = {name: c.sensitive for name, c in problem.columns.items() if c.sensitive}
    for name, text in problem.derived.items():
        if level := _most_sensitive(Expression(text).names, levels):
            levels[name] = level
    read = {name: parse_past_value(text).value.names for name, text in view.history.items()}
    found = ((name, _most_sensitive(names, levels)) for name, names in read.items())
    return {name: level for name, level in found if level}


def _with_notation(column: Column, problem: Problem) -> Column:
    """Return a column with what the source's format says of all columns."""
    missing = tuple(dict.fromkeys((*column.missing, *problem.format.missing)))
    trim = column.trim or problem.format.trim
    return column.model_copy(update={"missing": missing, "trim": trim})
