"""From a request's fields to the model's inputs: checked, looked up, derived."""

import functools
import math
from collections.abc import Awaitable, Callable, Collection, Iterable
from typing import Any

import numpy as np

from homestead.contract import Contract, ContractView
from homestead.expressions import Expression
from serving.errors import RefusedError
from serving.fields import Check, check_of, input_check_of, plain_check, shown

Key = int | str
Values = dict[str, float]
Read = Callable[[str, list[Key]], Awaitable[list[dict[str, float | None] | None]]]


class Resolver:
    """What one model's contract asks of a request.

    A request gives columns, features that are kept in a view, derived features, or any mix; what
    it gives is used as it is, and only what is then missing is looked up or derived.
    """

    def __init__(self, contract: Contract, read: Read) -> None:
        """Take a contract, and the reader of the online store."""
        self.contract = contract
        self._read = read
        self._derived = {name: Expression(text) for name, text in contract.derived.items()}
        self._view_of = {name: view for view in contract.views for name in view.features}
        kept_null = {n for n, view in self._view_of.items() if view.missing == "null"}
        self._checks: dict[str, Check] = {
            **{n: plain_check(nullable=n in kept_null) for n in self._view_of},
            **{n: plain_check(nullable=False) for n in self._derived},
            **{n: check_of(column) for n, column in contract.columns.items()},
        }
        self._input_checks = [
            input_check_of(contract.columns[n])
            if n in contract.columns
            else plain_check(nullable=n in kept_null or n in self._derived)
            for n in contract.features
        ]
        self._inputs = frozenset(self._lacking(contract.features, (), entities=False))
        self._lacks = functools.lru_cache(1024)(
            lambda given: self._lacking(contract.features, given)
        )
        used = self._used(contract.features)
        self._steps = [(n, e.row) for n, e in self._derived.items() if n in used]
        self._views = self._in_order()
        self._clock = contract.timestamp

    def check(self, rows: list[dict[str, Any]], now: float) -> list[Values]:
        """Each row's fields as the numbers that the model gets.

        Args:
            now: seconds since 1970, for rows that give no time stamp.

        Raises:
            RefusedError: names the row and the field.
        """
        if not rows:
            raise RefusedError(400, "shape", "the request holds no rows")
        checks, many = self._checks, len(rows) > 1
        checked: list[Values] = []
        for i, row in enumerate(rows):
            if not isinstance(row, dict):
                raise RefusedError(
                    400,
                    "shape",
                    f"{_row(i, many)}found {shown(row)}, allowed is an object of fields",
                )
            values: Values = {self._clock: now}
            for name, value in row.items():
                check = checks.get(name)
                if check is None:
                    allowed = ", ".join(sorted(checks))
                    raise RefusedError(
                        400,
                        "unknown",
                        f"{_row(i, many)}unknown field {_name(name)}; allowed are {allowed}",
                    )
                try:
                    values[name] = check(value)
                except RefusedError as error:
                    raise error.of(f"{_row(i, many)}{name}: ") from None
            checked.append(values)
        return checked

    def is_complete(self, values: list[Values]) -> bool:
        """Whether nothing has to be looked up."""
        return all(self._inputs <= found.keys() for found in values)

    async def look_up(self, values: list[Values], rows: list[dict[str, Any]]) -> None:
        """Fill in, from the online store, what the rows do not hold.

        Raises:
            RefusedError: 404 for an unknown entity; what the reader raises.
        """
        many = len(rows) > 1
        for view in self._views:
            wanted: dict[int, list[str]] = {}
            keys: dict[int, Key] = {}
            for i, found in enumerate(values):
                lacks = self._lacks(frozenset(found))
                lacking = [f for f in view.features if f in lacks]
                if not lacking:
                    continue
                key, known = self._key(view, found, rows[i])
                if not known:
                    continue
                wanted[i] = lacking
                if key is not None:
                    keys[i] = key
            answers = await self._read(view.name, list(keys.values())) if keys else []
            got = dict(zip(keys, answers, strict=True))
            for i, lacking in wanted.items():
                answer = got.get(i)
                if answer is None and view.missing == "refuse":
                    raise RefusedError(
                        404, "entity", f"{_row(i, many)}unknown {view.entity} {keys.get(i)}"
                    )
                for feature in lacking:
                    value = answer.get(feature) if answer else None
                    values[i][feature] = math.nan if value is None else value

    def matrix(self, values: list[Values]) -> np.ndarray:
        """The model's inputs, (rows, features) float64.

        Raises:
            RefusedError: names the row and the fields that are missing.
        """
        features, inputs, steps = self.contract.features, self._inputs, self._steps
        many = len(values) > 1
        table = []
        for i, found in enumerate(values):
            if not inputs <= found.keys():
                self._complete(found, _row(i, many))
            for name, value_of in steps:
                if name not in found:
                    found[name] = value_of(found)
            table.append([found[name] for name in features])
        return np.array(table)

    def check_matrix(self, matrix: list[list[Any]]) -> np.ndarray:
        """Model inputs as they are given, in the contract's order.

        Raises:
            RefusedError: a shape, a type or a range is wrong.
        """
        features, checks = self.contract.features, self._input_checks
        if not matrix:
            raise RefusedError(400, "shape", "the request holds no rows")
        table = []
        for i, row in enumerate(matrix):
            if not isinstance(row, list) or len(row) != len(features):
                found = f"{len(row)} values" if isinstance(row, list) else shown(row)
                raise RefusedError(
                    400,
                    "shape",
                    f"row {i}: found {found}, allowed are {len(features)}: {', '.join(features)}",
                )
            numbers = []
            for name, check, value in zip(features, checks, row, strict=True):
                try:
                    numbers.append(check(value))
                except RefusedError as error:
                    raise error.of(f"row {i}: {name}: ") from None
            table.append(numbers)
        return np.array(table)

    def entities(self, rows: list[dict[str, Any]]) -> list[str | None]:
        """Each row's key as text, None where it gives none."""
        key = self.contract.key
        return [str(row[key]) if row.get(key) is not None else None for row in rows]

    def _used(self, names: Iterable[str]) -> set[str]:
        used = {n for n in names if n in self._derived}
        return used.union(*(self._used(self._derived[n].names) for n in used))

    def _lacking(
        self,
        names: Iterable[str],
        found: Collection[str],
        entities: bool = True,
        seen: frozenset[str] = frozenset(),
    ) -> set[str]:
        """What must be given or looked up before ``names`` can be had; with ``entities``, also
        the keys of the look-ups, or what they are derived from."""
        lacking: set[str] = set()
        for name in names:
            if name in found or name in seen:
                continue
            inner = seen | {name}
            if name in self._derived:
                sources = self._derived[name].names
                lacking |= self._lacking(sources, found, entities, inner)
                continue
            lacking.add(name)
            view = self._view_of.get(name)
            if entities and view:
                lacking |= self._lacking([view.entity], found, entities, inner)
        return lacking

    def _in_order(self) -> list[ContractView]:
        """Views, those first whose features another view's key is derived from."""
        left, ordered = list(self.contract.views), []
        while left:
            for view in left:
                sources = self._lacking([view.entity], (), entities=False)
                if not any(sources & set(v.features) for v in left if v is not view):
                    break
            else:
                view = left[0]
            left.remove(view)
            ordered.append(view)
        return ordered

    def _key(
        self, view: ContractView, found: Values, row: dict[str, Any]
    ) -> tuple[Key | None, bool]:
        """The entity to look up, None where it is null; and whether the request gives it at all."""
        entity = view.entity
        column = self.contract.columns.get(entity)
        if entity in found and column is not None and column.allowed:
            code = found[entity]
            return (None if math.isnan(code) else column.allowed[int(code)]), True
        number = self._value(entity, found)
        if number is None:
            return None, False
        if isinstance(row.get(entity), int):
            return int(row[entity]), True  # exact where a float is not
        whole = math.floor(number) if math.isfinite(number) else None
        return (whole if whole is not None and -(2**63) <= whole < 2**63 else None), True

    def _value(self, name: str, found: Values) -> float | None:
        """A field's value, derived if need be; None where something that it needs is missing."""
        if name not in found:
            expression = self._derived.get(name)
            if expression is None or any(self._value(n, found) is None for n in expression.names):
                return None
            found[name] = expression.row(found)
        return found[name]

    def _complete(self, found: Values, where: str) -> None:
        """NaN for columns that may be missing, and for what only derived features given need."""
        columns = self.contract.columns
        lacking = self._lacking(self.contract.features, found, entities=False)
        missing = [n for n in sorted(lacking) if n not in columns or not columns[n].nullable]
        if missing:
            word = "field" if len(missing) == 1 else "fields"
            raise RefusedError(
                400, "missing", f"{where}missing {word} {', '.join(missing)}{self._hint(missing)}"
            )
        for name in self._inputs - found.keys():
            found[name] = math.nan

    def _hint(self, missing: list[str]) -> str:
        entities = dict.fromkeys(v.entity for n in missing if (v := self._view_of.get(n)))
        sources = [" and ".join(sorted(self._lacking([e], (), entities=False))) for e in entities]
        return f"; what is kept can be looked up by {', or '.join(sources)}" if sources else ""


def _row(i: int, many: bool) -> str:
    return f"row {i}: " if many else ""


def _name(name: str) -> str:
    return name if name.isidentifier() and len(name) <= 60 else shown(name)
