"""From a request's fields to the model's inputs: checked, looked up, derived."""

import math
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from homestead.contract import Contract, ContractView
from homestead.expressions import Expression
from homestead.problem import Column
from serving.errors import RefusedError

Read = Callable[[str, Sequence[Any]], list[dict[str, float | None] | None]]


class Resolver:
    """What one model's contract asks of a request."""

    def __init__(self, contract: Contract, read: Read) -> None:
        """Take a contract, and the reader of the online store."""
        self.contract = contract
        self._read = read
        self._derived = {name: Expression(text) for name, text in contract.derived.items()}
        looked_up = {f for view in contract.views for f in view.features}
        entities = {view.entity for view in contract.views}
        self._allowed = {*contract.columns, *looked_up, *(entities & contract.derived.keys())}
        self._needed = self._sources(contract.features)
        # What another view's key is made from comes along with a look-up, but nobody must send it.
        self._keys: set[str] = set()
        for view in contract.views:
            if not self._needed.isdisjoint(view.features):
                self._keys |= self._sources([view.entity])

    def _sources(self, names: Sequence[str]) -> set[str]:
        """The columns and view features that these names are made from."""
        found: set[str] = set()
        for name in names:
            expression = self._derived.get(name)
            found |= self._sources(sorted(expression.names)) if expression else {name}
        return found

    def resolve(self, rows: list[dict[str, Any]]) -> tuple[np.ndarray, list[str | None]]:
        """The model's inputs, (rows, features) float64, and each row's entity as text.

        Raises:
            RefusedError: names the row and the field.
        """
        if not rows:
            raise RefusedError(400, "shape", "the request holds no rows")
        many = len(rows) > 1
        values = [self._check(row, f"row {i}: " if many else "") for i, row in enumerate(rows)]
        for view in self.contract.views:
            self._look_up(view, values, rows, many)
        matrix = np.array(
            [self._vector(v, f"row {i}: " if many else "") for i, v in enumerate(values)]
        )
        key = self.contract.key
        return matrix, [str(row[key]) if key in row else None for row in rows]

    def _check(self, row: dict[str, Any], where: str) -> dict[str, float]:
        if not isinstance(row, dict):
            raise RefusedError(400, "shape", f"{where}found {_shown(row)}, allowed is an object")
        columns = self.contract.columns
        checked = {}
        for name, value in row.items():
            column = columns.get(name)
            if column is not None:
                checked[name] = number_of(value, column, f"{where}{name}")
            elif name in self._allowed:
                checked[name] = _plain(value, f"{where}{name}", nullable=name not in self._derived)
            else:
                allowed = ", ".join(sorted(self._allowed))
                raise RefusedError(
                    400, "unknown", f"{where}unknown field {name}; allowed are {allowed}"
                )
        checked.setdefault(self.contract.timestamp, time.time())
        return checked

    def _look_up(
        self,
        view: ContractView,
        values: list[dict[str, float]],
        rows: list[dict[str, Any]],
        many: bool,
    ) -> None:
        wanted = [f for f in view.features if f in self._needed]
        keys: dict[int, Any] = {}
        for i, found in enumerate(values):
            if all(f in found for f in wanted):
                continue
            key = self._key(view, found, rows[i])
            if key is not None:
                keys[i] = key
        if not keys:
            return
        answers = self._read(view.name, list(keys.values()))
        for (i, key), answer in zip(keys.items(), answers, strict=True):
            if answer is None and view.missing == "refuse":
                where = f"row {i}: " if many else ""
                raise RefusedError(404, "entity", f"{where}unknown {view.entity} {key}")
            for feature in view.features:
                if feature not in self._needed and feature not in self._keys:
                    continue
                value = answer.get(feature) if answer else None
                values[i].setdefault(feature, math.nan if value is None else value)

    def _key(self, view: ContractView, found: dict[str, float], row: dict[str, Any]) -> Any:
        entity = view.entity
        if entity not in found and entity in self._derived:
            expression = self._derived[entity]
            if expression.names <= found.keys():
                value = expression.row(found)
                return None if math.isnan(value) else int(value)
        if entity not in found or math.isnan(found[entity]):
            return None
        column = self.contract.columns.get(entity)
        return row[entity] if column and column.type == "category" else int(found[entity])

    def _vector(self, found: dict[str, float], where: str) -> list[float]:
        for name in self._needed:
            if name not in found:
                column = self.contract.columns.get(name)
                if column is None or not column.nullable:
                    raise RefusedError(400, "missing", f"{where}missing field {self._hint(name)}")
                found[name] = math.nan
        for name, expression in self._derived.items():
            if expression.names <= found.keys():
                found[name] = expression.row(found)
        return [found[name] for name in self.contract.features]

    def _hint(self, name: str) -> str:
        for view in self.contract.views:
            if name in view.features:
                sources = ", ".join(sorted(self._sources([view.entity])))
                return f"{name}; give it, or {sources} to look it up"
        return name

    def check_matrix(self, matrix: list[list[Any]]) -> np.ndarray:
        """Model inputs as they are given, in the contract's order.

        Raises:
            RefusedError: a shape, a type or a range is wrong.
        """
        features = self.contract.features
        checked = []
        for i, row in enumerate(matrix):
            if not isinstance(row, list) or len(row) != len(features):
                found = len(row) if isinstance(row, list) else _shown(row)
                raise RefusedError(
                    400,
                    "shape",
                    f"row {i}: found {found}, allowed are {len(features)} values:"
                    f" {', '.join(features)}",
                )
            checked.append(
                [self._input(n, v, f"row {i}: {n}") for n, v in zip(features, row, strict=True)]
            )
        if not checked:
            raise RefusedError(400, "shape", "the request holds no rows")
        return np.array(checked)

    def _input(self, name: str, value: Any, where: str) -> float:
        column = self.contract.columns.get(name)
        if column is None or column.type in ("category", "boolean", "timestamp"):
            return _plain(value, where, nullable=column is None or column.nullable)
        return number_of(value, column, where)


def number_of(value: Any, column: Column, where: str) -> float:
    """A field's value as the number that the model gets.

    Raises:
        RefusedError: it is not what the column allows.
    """
    if value is None:
        if column.nullable:
            return math.nan
        raise RefusedError(400, "null", f"{where}: found null, allowed is {column.type}")
    if column.type == "boolean":
        if not isinstance(value, bool):
            raise RefusedError(
                400, "type", f"{where}: found {_shown(value)}, allowed are true, false"
            )
        return float(value)
    if column.type == "category":
        allowed = column.allowed or ()
        if not isinstance(value, str) or value not in allowed:
            listed = ", ".join(allowed)
            raise RefusedError(400, "type", f"{where}: found {_shown(value)}, allowed are {listed}")
        return float(allowed.index(value))
    if column.type == "timestamp":
        return _moment(value, where)
    number = _plain(value, where, nullable=False)
    if column.type == "integer" and number % 1:
        raise RefusedError(400, "type", f"{where}: found {_shown(value)}, allowed is an integer")
    if column.range and not column.range[0] <= number <= column.range[1]:
        low, high = column.range
        raise RefusedError(
            400, "range", f"{where}: found {_shown(value)}, allowed is {low:g} to {high:g}"
        )
    return number


def _plain(value: Any, where: str, nullable: bool) -> float:
    if value is None and nullable:
        return math.nan
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RefusedError(400, "type", f"{where}: found {_shown(value)}, allowed is a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise RefusedError(
            400, "type", f"{where}: found {_shown(value)}, allowed is a finite number"
        )
    return number


def _moment(value: Any, where: str) -> float:
    try:
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (TypeError, ValueError, OverflowError):
        raise RefusedError(
            400, "type", f"{where}: found {_shown(value)}, allowed is an ISO 8601 time"
        ) from None


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
