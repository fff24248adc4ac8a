"""One model version's predictions for a request: inputs, run and contributions."""

import msgspec
import numpy as np

from homestead.features.stored_rows import Entity
from homestead.serving.features.lookup import FeatureLookup
from homestead.serving.features.lookup_steps import LookedUpRow, LookupSteps, read_in_parts
from homestead.serving.inputs.feature_fill import FilledViews
from homestead.serving.inputs.resolver import ResolvedInputs, Resolver
from homestead.serving.models.batcher import Batcher, InputRows, Predictions, predict_rows
from homestead.serving.models.loaded_model import LoadedModel
from homestead.serving.prediction.heavy_lane import HeavyLane
from homestead.serving.prediction.pending_request import PendingRequest
from homestead.serving.protocols.base import PredictionRequest
from homestead.serving.protocols.json_body import check_row_count
from homestead.serving.request_limits import MAX_INLINE_ROWS


class ModelOutput(msgspec.Struct, frozen=True):
    """What one model version predicted for a request.

    Attributes:
        inputs: the model's inputs, by row.
        views: views that did not supply fresh values.
        contributions: see :class:`homestead.serving.protocols.base.PredictionResponse`.
        release, latency_s: see :class:`homestead.prediction_log.entries.PredictionEntry`.
    """

    model: LoadedModel
    inputs: InputRows
    predictions: Predictions
    views: FilledViews = FilledViews()
    contributions: np.ndarray | None = None
    release: str | None = None
    latency_s: float | None = None


def fast_path_inputs(
    resolver: Resolver, request: PredictionRequest, now: float
) -> InputRows | None:
    """Return the model's inputs of a small request that is complete and valid.

    Returns:
        None for any other request; it is then left to :func:`resolve_inputs`.

    Raises:
        RefusedError: a matrix is invalid.
    """
    rows = request.rows
    if rows is None:
        matrix = request.matrix or []
        return resolver.check_matrix(matrix) if len(matrix) <= MAX_INLINE_ROWS else None
    if not rows or len(rows) > MAX_INLINE_ROWS:
        return None
    return resolver.fast_path(rows, now)


async def resolve_inputs(
    model: LoadedModel, request: PredictionRequest, now: float, lane: HeavyLane
) -> ResolvedInputs:
    """Return a model's inputs of a request for which :func:`fast_path_inputs` has none.

    Raises:
        RefusedError: the request is too large or invalid, an entity is unknown, or the feature
            store is unavailable.
    """
    rows, resolver = request.rows, model.resolver
    check_row_count(request.size)
    if rows is None:
        return ResolvedInputs(await lane.run(resolver.check_matrix, request.matrix))
    if len(rows) <= MAX_INLINE_ROWS:
        return await model.lookup.result_of(resolver.resolve(rows, now))
    inputs = await lane.run(resolver.fast_path, rows, now)
    if inputs is not None:
        return ResolvedInputs(inputs)
    return await _run_in_lane(resolver.resolve(rows, now), model.lookup, lane)


async def _run_in_lane(
    steps: LookupSteps[ResolvedInputs], lookup: FeatureLookup, lane: HeavyLane
) -> ResolvedInputs:
    """Run steps in the lane; the event loop only reads what they ask for."""
    found: list[LookedUpRow] | None = None
    while True:
        result = await lane.run(_advance, steps, found)
        if isinstance(result, ResolvedInputs):
            return result
        found = await lookup.result_of(read_in_parts(result))


def _advance(
    steps: LookupSteps[ResolvedInputs], found: list[LookedUpRow] | None
) -> list[Entity] | ResolvedInputs:
    """Return what the steps ask for next, or their result."""
    try:
        return steps.send(found)  # type: ignore[arg-type]
    except StopIteration as end:  # which cannot pass through a future
        result: ResolvedInputs = end.value
        return result


class ModelCaller:
    """Runs model versions on requests that the fast path has not answered."""

    def __init__(self, batcher: Batcher, lane: HeavyLane) -> None:
        self._batcher = batcher
        self._lane = lane

    async def call(self, model: LoadedModel, pending: PendingRequest) -> ModelOutput:
        """Return a model's output for a request that its fast path has not tried yet.

        Raises:
            RefusedError: the request gets no prediction from this model.
        """
        inputs = fast_path_inputs(model.resolver, pending.request, pending.received_at)
        if inputs is None:
            return await self.call_without_fast_path(model, pending)
        return await self._predict(model, pending.request, ResolvedInputs(inputs))

    async def call_without_fast_path(
        self, model: LoadedModel, pending: PendingRequest
    ) -> ModelOutput:
        """Return a model's output for a request for which its fast path has no inputs.

        Raises:
            RefusedError: the request gets no prediction from this model.
        """
        resolved = await resolve_inputs(model, pending.request, pending.received_at, self._lane)
        return await self._predict(model, pending.request, resolved)

    async def _predict(
        self, model: LoadedModel, request: PredictionRequest, resolved: ResolvedInputs
    ) -> ModelOutput:
        inputs = resolved.rows
        if len(inputs) > MAX_INLINE_ROWS:
            predictions = await self._lane.run(predict_rows, model.model, inputs)
        else:
            predictions = await self._batcher.predict(model.model, inputs)
        contributions = await self._explain(model, inputs) if request.explain else None
        return ModelOutput(model, inputs, predictions, resolved.views, contributions)

    async def _explain(self, model: LoadedModel, inputs: InputRows) -> np.ndarray:
        """Return contributions, computed in parts: others take turns, and a client may leave."""
        X = np.array(inputs, dtype=float)
        starts = range(0, len(X), MAX_INLINE_ROWS)
        return np.concatenate(
            [await self._lane.run(model.explain, X[i : i + MAX_INLINE_ROWS]) for i in starts]
        )
