"""Rows that only the server's resolver can judge: each is a request of its own."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from homestead.client.frame_values import json_values
from homestead.scoring.inputs.fields import FieldValues
from homestead.scoring.inputs.stored_features import StoredFeatures
from homestead.serving.errors import RefusedError
from homestead.serving.inputs.resolver import ResolvedInputs, Resolver


def resolve_together(
    resolver: Resolver,
    rows: list[dict[str, Any]],
    times: list[float],
    now: float,
    stored: StoredFeatures,
) -> list[ResolvedInputs | RefusedError]:
    """Resolve each row as a request of its own; what they wait for is read together."""
    results: list[ResolvedInputs | RefusedError | None] = [None] * len(rows)
    steps = [resolver.resolve([row], now) for row in rows]
    waiting: list[tuple[int, Any]] = [(i, None) for i in range(len(rows))]
    while waiting:
        asking = []
        for i, found in waiting:
            if refused := _key_refusal(found):
                results[i] = refused
                continue
            try:
                asking.append((i, steps[i].send(found)))
            except StopIteration as end:
                results[i] = end.value
            except RefusedError as error:
                results[i] = error
        entities = [entity for _, wanted in asking for entity in wanted]
        times_asked = [times[i] for i, wanted in asking for _ in wanted]
        found_rows = iter(stored.of_entities(entities, times_asked) if entities else [])
        waiting = [(i, [next(found_rows) for _ in wanted]) for i, wanted in asking]
    return [result for result in results if result is not None]


def _key_refusal(found: list[Any] | None) -> RefusedError | None:
    """Return the error of a key that the store cannot hold, which ends a request."""
    for row in found or ():
        if isinstance(row, RefusedError) and row.status < 500:
            return row
    return None


def request_rows(fields: Mapping[str, FieldValues], places: np.ndarray) -> list[dict[str, Any]]:
    """Return rows as requests hold them."""
    rows: list[dict[str, Any]] = [{} for _ in range(len(places))]
    for name, each in fields.items():
        is_given = each.is_given[places].tolist()
        for row, is_held, value in zip(
            rows, is_given, json_values(each.json.iloc[places]), strict=True
        ):
            if is_held:
                row[name] = value
    return rows
