"""From a request's fields to the model's inputs: checked, looked up, derived."""

import math
from collections.abc import Collection, Iterable
from typing import Any

from homestead.problem.contract import Contract
from homestead.problem.expressions.expression import Expression
from homestead.serving.errors import RefusedError
from homestead.serving.inputs.fast_path import compile_fast_path
from homestead.serving.inputs.feature_fill import FeatureFill, Read, RowValues
from homestead.serving.inputs.field_checks import (
    FieldCheck,
    column_check,
    describe_value,
    number_check,
)
from homestead.serving.inputs.matrix_check import matrix_check


class Resolver:
    """What one model's contract asks of a request.

    A request gives columns, features that are kept in a view, derived features, or any mix; what
    it gives is used as it is, and only what is then missing is looked up or derived.
    """

    def __init__(self, contract: Contract, read: Read) -> None:
        """Take a contract, and the reader of the online store."""
        self.contract = contract
        self._derived = {name: Expression(text) for name, text in contract.derived.items()}
        self._view_of = {name: view for view in contract.views for name in view.features}
        kept_null = {n for n, view in self._view_of.items() if view.missing == "null"}
        self._checks: dict[str, FieldCheck] = {
            **{n: number_check(nullable=n in kept_null) for n in self._view_of},
            **{n: number_check(nullable=False) for n in self._derived},
            **{n: column_check(column) for n, column in contract.columns.items()},
        }
        self._inputs = frozenset(self._lacking(contract.features, (), entities=False))
        used = self._used(contract.features)
        self._steps = [(n, e.evaluate_row) for n, e in self._derived.items() if n in used]
        self._clock = contract.timestamp
        self._quick = compile_fast_path(
            contract,
            self._inputs - {self._clock},
            kept_null,
            {n: e for n, e in self._derived.items() if n in used},
            self._checks,
        )
        self.check_matrix = matrix_check(contract, kept_null | self._derived.keys())
        self.look_up = FeatureFill(contract, self._derived, self._lacking, read).look_up

    def quick(self, rows: list[dict[str, Any]], now: float) -> list[list[float]] | None:
        """The model's inputs of rows that hold everything, and nothing wrong; else None."""
        table = []
        for row in rows:
            if type(row) is not dict:
                return None
            inputs = self._quick(row, now)
            if inputs is None:
                return None
            table.append(inputs)
        return table

    def check(self, rows: list[dict[str, Any]], now: float) -> list[RowValues]:
        """Each row's fields as the numbers that the model gets.

        Args:
            now: seconds since 1970, for rows that give no time stamp.

        Raises:
            RefusedError: names the row and the field.
        """
        if not rows:
            raise RefusedError(400, "shape", "the request holds no rows")
        checks, many = self._checks, len(rows) > 1
        checked: list[RowValues] = []
        for i, row in enumerate(rows):
            if not isinstance(row, dict):
                raise RefusedError(
                    400,
                    "shape",
                    f"{_row(i, many)}found {describe_value(row)}, allowed is an object of fields",
                )
            values: RowValues = {self._clock: now}
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

    def is_complete(self, values: list[RowValues]) -> bool:
        """Whether nothing has to be looked up."""
        return all(self._inputs <= found.keys() for found in values)

    def table(self, values: list[RowValues]) -> list[list[float]]:
        """The model's inputs, by row.

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
        return table

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
        the keys of the look-ups, or what they are derived from.
        """
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

    def _complete(self, found: RowValues, where: str) -> None:
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
    return name if name.isidentifier() and len(name) <= 60 else describe_value(name)
