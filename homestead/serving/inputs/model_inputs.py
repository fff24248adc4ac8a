"""A request's inputs to the model: at once for the usual request, in the general way for others."""

import asyncio
from collections.abc import Callable, Collection
from typing import Any

from homestead.serving.models.batcher import ROWS_AT_ONCE, Table
from homestead.serving.models.manager import Loaded
from homestead.serving.protocols.base import Request


def usual(by: Loaded, request: Request, now: float) -> Table | None:
    """The model's inputs of the usual request: a few rows that hold everything, and nothing
    wrong; else None.

    Raises:
        RefusedError: something is wrong with a matrix.
    """
    rows = request.rows
    if rows is None:
        matrix = request.matrix or []
        return by.resolver.check_matrix(matrix) if len(matrix) <= ROWS_AT_ONCE else None
    if not rows or len(rows) > ROWS_AT_ONCE:
        return None
    return by.resolver.quick(rows, now)


async def inputs(
    by: Loaded, request: Request, now: float, large: bool
) -> tuple[Table, Collection[str]]:
    """The model's inputs of any request, and the views of which stale values were used.

    Args:
        large: what takes long must be done aside.

    Raises:
        RefusedError: something is wrong, unknown or away.
    """
    resolver, rows = by.resolver, request.rows
    if rows is None:
        return await aside(resolver.check_matrix, request.matrix), ()
    if large and (table := await aside(resolver.quick, rows, now)) is not None:
        return table, ()
    stale: Collection[str] = ()
    values = await aside(resolver.check, rows, now) if large else resolver.check(rows, now)
    if not resolver.is_complete(values):
        stale = await resolver.look_up(values, rows)
    table = await aside(resolver.table, values) if large else resolver.table(values)
    return table, stale


async def aside(function: Callable[..., Any], *values: Any) -> Any:
    """A call that would keep the event loop too long, in a thread."""
    return await asyncio.get_running_loop().run_in_executor(None, function, *values)
