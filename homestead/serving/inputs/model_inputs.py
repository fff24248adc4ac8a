"""A request's inputs to the model: at once for the usual request, in the general way for others."""

import asyncio
from collections.abc import Callable, Collection
from typing import Any

from homestead.serving.limits import MAX_INLINE_ROWS
from homestead.serving.models.batcher import InputRows
from homestead.serving.models.manager import LoadedModel
from homestead.serving.protocols.base import PredictionRequest


def fast_path_inputs(by: LoadedModel, request: PredictionRequest, now: float) -> InputRows | None:
    """The model's inputs of the usual request: a few rows that hold everything, and nothing
    wrong; else None.

    Raises:
        RefusedError: something is wrong with a matrix.
    """
    rows = request.rows
    if rows is None:
        matrix = request.matrix or []
        return by.resolver.check_matrix(matrix) if len(matrix) <= MAX_INLINE_ROWS else None
    if not rows or len(rows) > MAX_INLINE_ROWS:
        return None
    return by.resolver.quick(rows, now)


async def resolve_inputs(
    by: LoadedModel, request: PredictionRequest, now: float, large: bool
) -> tuple[InputRows, Collection[str]]:
    """The model's inputs of any request, and the views of which stale values were used.

    Args:
        large: what takes long must be done aside.

    Raises:
        RefusedError: something is wrong, unknown or away.
    """
    resolver, rows = by.resolver, request.rows
    if rows is None:
        return await run_in_thread(resolver.check_matrix, request.matrix), ()
    if large and (table := await run_in_thread(resolver.quick, rows, now)) is not None:
        return table, ()
    stale: Collection[str] = ()
    values = await run_in_thread(resolver.check, rows, now) if large else resolver.check(rows, now)
    if not resolver.is_complete(values):
        stale = await resolver.look_up(values, rows)
    table = await run_in_thread(resolver.table, values) if large else resolver.table(values)
    return table, stale


async def run_in_thread(function: Callable[..., Any], *values: Any) -> Any:
    """A call that would keep the event loop too long, in a thread."""
    return await asyncio.get_running_loop().run_in_executor(None, function, *values)
