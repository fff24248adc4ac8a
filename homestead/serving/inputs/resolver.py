"""From a request's rows to the model's inputs."""

import math
from typing import Any

import msgspec

from homestead.problem.contract import Contract
from homestead.problem.values.listing import list_values
from homestead.serving.errors import RefusedError
from homestead.serving.features.lookup_steps import LookupSteps
from homestead.serving.inputs.dependencies import DependencyGraph, RowValues
from homestead.serving.inputs.fast_path import compile_derivations, compile_fast_path
from homestead.serving.inputs.feature_fill import FeatureFill, FilledViews
from homestead.serving.inputs.field_checks import (
    FieldCheck,
    column_check,
    describe_value,
    number_check,
    row_place,
)
from homestead.serving.inputs.matrix_check import matrix_check


class ResolvedInputs(msgspec.Struct, frozen=True):
    """The model's inputs by row, and the views that did not supply fresh values."""

    rows: list[list[float]]
    views: FilledViews = FilledViews()


class Resolver:
    """Resolves rows of one model's contract: checks fields, looks up and derives what is missing.

    A request may give columns, features that a view stores, derived columns, or any mix. What it
    gives is used as it is; only what is then missing is looked up or derived.

    Attributes:
        fields: names that a row may hold.
        checks: the check of each of them.
        nullable_fields: those that may be null.
        graph: what the model's inputs depend on.
        check_matrix: returns the model's inputs of a matrix; see
            :func:`homestead.serving.inputs.matrix_check.matrix_check`.
        fill_features: looks up missing features; see
            :meth:`homestead.serving.inputs.feature_fill.FeatureFill.fill`.
    """

    def __init__(self, contract: Contract) -> None:
        """Prepare for a contract."""
        self.contract = contract
        # The column that is the current time where a row has none.
        self._times = () if contract.timestamp is None else (contract.timestamp,)
        self.graph = graph = DependencyGraph(contract)
        nullable = {f for v in contract.views if v.missing == "null" for f in v.features}
        self.checks: dict[str, FieldCheck] = {
            **{
                name: number_check(nullable=name in nullable)
                for view in contract.views
                for name in view.features
            },
            **{name: number_check(nullable=False) for name in graph.expressions},
            **{name: column_check(column) for name, column in contract.columns.items()},
        }
        self.fields = frozenset(self.checks)
        self.nullable_fields = (nullable - contract.columns.keys()) | {
            name for name, column in contract.columns.items() if column.nullable
        }
        self._fast_path = compile_fast_path(
            contract,
            graph.required - set(self._times),
            nullable,
            graph.used_expressions,
            self.checks,
        )
        self._derivations = [(n, e.evaluate_row) for n, e in graph.used_expressions.items()]
        self._derive = compile_derivations(contract, graph.required, graph.used_expressions)
        self.check_matrix = matrix_check(contract, nullable | graph.expressions.keys())
        self.fill_features = FeatureFill(contract, graph).fill

    def fast_path(self, rows: list[dict[str, Any]], now: float) -> list[list[float]] | None:
        """Return the model's inputs if each row holds every field and all are valid; else None.

        Args:
            now: seconds since 1970, for rows without a timestamp.
        """
        table = []
        for row in rows:
            if type(row) is not dict:
                return None
            inputs = self._fast_path(row, now)
            if inputs is None:
                return None
            table.append(inputs)
        return table

    def resolve(self, rows: list[dict[str, Any]], now: float) -> LookupSteps[ResolvedInputs]:
        """Check rows, look up what they lack and derive the rest.

        Args:
            now: seconds since 1970, for rows without a timestamp.

        Raises:
            RefusedError: names the row and the field.
        """
        values, views = self.check_rows(rows, now), FilledViews()
        if not self.is_complete(values):
            views = yield from self.fill_features(values, rows)
        return ResolvedInputs(self.model_inputs(values), views)

    def check_rows(self, rows: list[dict[str, Any]], now: float) -> list[RowValues]:
        """Return each row's fields as the numbers that the model gets.

        Args:
            now: seconds since 1970, for rows without a timestamp.

        Raises:
            RefusedError: names the row and the field.
        """
        if not rows:
            raise RefusedError(400, "shape", "the request contains no rows")
        return [self._check_row(row, now, row_place(i, len(rows))) for i, row in enumerate(rows)]

    def _check_row(self, row: Any, now: float, place: str) -> RowValues:
        if not isinstance(row, dict):
            raise RefusedError(
                400, "shape", f"{place}found {describe_value(row)}, allowed is an object of fields"
            )
        checks = self.checks
        values: RowValues = dict.fromkeys(self._times, now)
        for name, value in row.items():
            check = checks.get(name)
            if check is None:
                allowed = list_values(sorted(checks), name)
                raise RefusedError(
                    400,
                    "unknown",
                    f"{place}unknown field {_field_name(name)}; allowed are {allowed}",
                )
            try:
                values[name] = check(value)
            except RefusedError as error:
                raise error.prefixed(f"{place}{name}: ") from None
        return values

    def is_complete(self, rows: list[RowValues]) -> bool:
        """Return whether nothing has to be looked up."""
        return all(self.graph.required <= values.keys() for values in rows)

    def model_inputs(self, rows: list[RowValues]) -> list[list[float]]:
        """Return the model's inputs by row.

        Raises:
            RefusedError: names the row and the missing fields.
        """
        graph = self.graph
        features, required = self.contract.features, graph.required
        table = []
        for i, values in enumerate(rows):
            if not required <= values.keys():
                self._fill_nulls(values, row_place(i, len(rows)))
            if graph.used_expressions.keys().isdisjoint(values):
                table.append(self._derive(values))
                continue
            # The row gives some of the derived columns.
            for name, derive in self._derivations:
                if name not in values:
                    values[name] = derive(values)
            table.append([values[name] for name in features])
        return table

    def entity_keys(self, rows: list[dict[str, Any]]) -> list[str | None]:
        """Return each row's key as text, None where a row has none."""
        row_key = self.contract.row_key
        return [row_key(row) for row in rows]

    def _fill_nulls(self, values: RowValues, place: str) -> None:
        """Set absent fields to NaN: nullable ones, and those that no model input depends on."""
        columns = self.contract.columns
        missing = [
            name
            for name in sorted(self.graph.missing_inputs(values.keys()))
            if name not in columns or not columns[name].nullable
        ]
        if missing:
            fields = "field" if len(missing) == 1 else "fields"
            raise RefusedError(
                400,
                "missing",
                f"{place}missing {fields} {list_values(missing)}{self._hint(missing)}",
            )
        for name in self.graph.required - values.keys():
            values[name] = math.nan

    def _hint(self, missing: list[str]) -> str:
        keys = [" and ".join(columns) for columns in self.graph.entity_sources(missing)]
        return f"; stored features can be looked up by {', or '.join(keys)}" if keys else ""


def _field_name(name: str) -> str:
    return name if name.isidentifier() and len(name) <= 60 else describe_value(name)
