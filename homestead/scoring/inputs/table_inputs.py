"""Model inputs of a table's rows: by columns where a row is regular, else by the server's resolver.

The two ways give the same bits and the same refusals (``tests/unit/scoring/inputs``); the first
takes a hundredth of the time.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from homestead.problem.sections.source_format import SourceFormat
from homestead.scoring.inputs.field_groups import FieldGroup, same_fields
from homestead.scoring.inputs.fields import FieldReader, FieldValues
from homestead.scoring.inputs.model_inputs import TableInputs, mark_of
from homestead.scoring.inputs.single_rows import request_rows, resolve_together
from homestead.scoring.inputs.stored_features import StoredFeatures
from homestead.serving.errors import RefusedError
from homestead.serving.inputs.resolver import Resolver


class TableResolver:
    """Resolves tables for one model as a server resolves requests of one row each."""

    def __init__(
        self, resolver: Resolver, stored: StoredFeatures, source_format: SourceFormat
    ) -> None:
        self._resolver = resolver
        self._contract = resolver.contract
        self._stored = stored
        self._reader = FieldReader(resolver, source_format)

    def resolve(
        self,
        rows: pd.DataFrame,
        now: float,
        given: Sequence[Mapping[str, Any]] | None = None,
    ) -> TableInputs:
        """Return the model's inputs.

        Args:
            rows: with an index from 0; columns that are no fields are left out.
            now: seconds since 1970, for rows without a timestamp.
            given: see :meth:`homestead.scoring.inputs.fields.FieldReader.read`.

        Raises:
            UserError: the feature store cannot be read now.
        """
        fields = self._reader.read(rows, given)
        count = len(rows)
        inputs = TableInputs(np.full((count, len(self._contract.features)), np.nan), {})
        is_regular = np.ones(count, dtype=bool)
        for each in fields.values():
            is_regular &= each.is_regular
        for names, places in same_fields(fields, np.flatnonzero(is_regular)):
            group = FieldGroup(self._resolver, self._stored, fields, names, places, now)
            is_regular[places] = group.resolve(inputs)
        others = np.flatnonzero(~is_regular)
        if given is None:
            requests = request_rows(fields, others)
        else:
            requests = [self._known(given[place]) for place in others.tolist()]
        self._resolve_others(fields, others, requests, now, inputs)
        return inputs

    def _known(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return a row without what is no field."""
        return {name: value for name, value in row.items() if name in self._resolver.fields}

    def _resolve_others(
        self,
        fields: Mapping[str, FieldValues],
        places: np.ndarray,
        rows: list[dict[str, Any]],
        now: float,
        inputs: TableInputs,
    ) -> None:
        """Resolve rows one by one, with the look-ups of all of them together."""
        if not len(places):
            return
        time = fields.get(self._contract.timestamp or "")
        times = np.full(len(places), now)
        if time is not None:
            given = time.numbers[places]
            times = np.where(time.is_given[places] & ~np.isnan(given), given, now)
        results = resolve_together(self._resolver, rows, times.tolist(), now, self._stored)
        for place, result in zip(places.tolist(), results, strict=True):
            if isinstance(result, RefusedError):
                inputs.refusals[place] = result
                continue
            inputs.matrix[place] = result.rows[0]
            for marks, views in (
                (inputs.stale, result.views.stale),
                (inputs.unavailable, result.views.unavailable),
            ):
                for view in views:
                    mark_of(marks, view, len(inputs.matrix))[place] = True
