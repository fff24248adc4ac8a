"""From the rows of a DataFrame to a model's inputs, as a server would resolve them."""

import asyncio
import re
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandas as pd

from homestead.api.frame_rows import frame_rows, require_frame
from homestead.errors import RefusedRowsError
from homestead.problem.contract import Contract
from homestead.problem.values.listing import list_values
from homestead.serving.errors import RefusedError
from homestead.serving.features.lookup import FeatureLookup
from homestead.serving.inputs.resolver import ResolvedInputs, Resolver
from homestead.serving.metrics.metric_registry import ServerMetrics
from homestead.settings import Settings

# Rows that are resolved together; a million at once would take gigabytes.
_PART_ROWS = 10_000
# A cold store on a laptop takes its time, and no client waits.
_LOOKUP_TIMEOUT_MS = 10_000.0
_FIRST_READ_S = 30.0
_ROW = re.compile(r"row (\d+): ")


@contextmanager
def refusals_of_frame(start: int, rows: int) -> Iterator[None]:
    """Raise what a server would refuse of a frame's part as an error about the frame.

    Args:
        start: position of the part's first row in the frame.
        rows: number of rows in the frame.

    Raises:
        RefusedRowsError: for each RefusedError of the block.
    """
    try:
        yield
    except RefusedError as error:
        message = str(error).removesuffix("; try again")
        found = _ROW.match(message)
        row = start + (int(found[1]) if found else 0)
        rest = message[found.end() :] if found else message
        # A part of one row is not numbered; what concerns the store concerns all rows.
        if rows > 1 and (found or error.status < 500):
            raise RefusedRowsError(f"row {row}: {rest}", error.reason, row) from None
        raise RefusedRowsError(rest, error.reason, row if found else None) from None


class FrameInputs:
    """Resolves DataFrames for one model: the same checks, look-ups and derivations as a server's.

    Between calls it holds neither a thread nor a connection, so that it survives a fork.
    """

    def __init__(self, contract: Contract, settings: Settings) -> None:
        self._contract = contract
        self._resolver = Resolver(contract)
        self._settings = settings.model_copy(update={"lookup_timeout_ms": _LOOKUP_TIMEOUT_MS})

    def resolve(self, frame: pd.DataFrame) -> np.ndarray:
        """Return the model's inputs, (rows, features) float64, NaN for missing.

        Raises:
            UserError: not a frame, or a column occurs twice.
            RefusedRowsError: names the row and the field that a server would refuse.
        """
        require_frame(frame)
        self._warn_of_others(frame)
        parts = [self._part(frame, start) for start in range(0, len(frame), _PART_ROWS)]
        return np.concatenate([np.empty((0, len(self._contract.features))), *parts])

    def _part(self, frame: pd.DataFrame, start: int) -> np.ndarray:
        rows = frame_rows(frame.iloc[start : start + _PART_ROWS], self._resolver.fields)
        now = time.time()
        with refusals_of_frame(start, len(frame)):
            inputs = self._resolver.fast_path(rows, now)
            if inputs is None:
                inputs = self._look_up(rows, now).rows
        return np.array(inputs, dtype=float)

    def _look_up(self, rows: list[dict[str, Any]], now: float) -> ResolvedInputs:
        """Resolve rows on an event loop in a thread: the caller's may be running already."""
        with ThreadPoolExecutor(1, thread_name_prefix="homestead-lookup") as executor:
            return executor.submit(asyncio.run, self._resolve(rows, now)).result()

    async def _resolve(self, rows: list[dict[str, Any]], now: float) -> ResolvedInputs:
        lookup = FeatureLookup(self._contract, self._settings, ServerMetrics())
        lookup.open()
        try:
            # Until then it is not known which views the store holds nothing of.
            await asyncio.to_thread(lookup.wait_until_tried, _FIRST_READ_S)
            return await lookup.result_of(self._resolver.resolve(rows, now))
        finally:
            lookup.close(at_once=True)

    def _warn_of_others(self, frame: pd.DataFrame) -> None:
        known = {*self._resolver.fields, self._contract.target}
        others = [str(name) for name in frame.columns if name not in known]
        if others:
            warnings.warn(
                f"{self._contract.problem}: the model does not know the columns"
                f" {list_values(others)}, which are left out",
                stacklevel=5,  # the caller of the champion's method
            )
