"""Batches of rows of different requests that one run of a model predicts together."""

import asyncio
import logging
from collections.abc import Callable
from itertools import islice
from typing import Any

import msgspec
import numpy as np

from homestead.model.onnx_model import Model
from homestead.serving.errors import NotFiniteError
from homestead.serving.request_limits import MAX_INLINE_ROWS

_LOG = logging.getLogger(__name__)

# The model's inputs, by row.
InputRows = list[list[float]]
# By row, the value of a regression or the probability of each class.
Predictions = list[Any]
PredictionCallback = Callable[[Predictions | Exception], None]


class _Submission(msgspec.Struct, frozen=True):
    model: Model
    inputs: InputRows
    done: PredictionCallback


class Batcher:
    """Predicts together what is submitted within one turn of the event loop.

    No request waits for later ones. The fixed cost of a run is shared, and all rows but the first
    find the model's trees in the processor's caches.
    """

    def __init__(self) -> None:
        self._submissions: list[_Submission] = []

    def submit(self, model: Model, inputs: InputRows, done: PredictionCallback) -> None:
        """Predict up to ``MAX_INLINE_ROWS`` rows at the end of this turn of the event loop.

        Args:
            done: called with the predictions or the error.
        """
        self._submissions.append(_Submission(model, inputs, done))
        if len(self._submissions) == 1:
            asyncio.get_running_loop().call_soon(self._run)

    async def predict(self, model: Model, inputs: InputRows) -> Predictions:
        """Submit rows, and return their predictions.

        Raises:
            NotFiniteError: a row has no finite prediction.
        """
        result: asyncio.Future[Predictions | Exception]
        result = asyncio.get_running_loop().create_future()

        def done(predictions: Predictions | Exception) -> None:
            if not result.done():
                result.set_result(predictions)

        self.submit(model, inputs, done)
        predictions = await result
        if isinstance(predictions, Exception):
            raise predictions
        return predictions

    def _run(self) -> None:
        """Predict as many submissions as fit, at least one, and leave the rest to the next turn."""
        submissions = self._submissions
        rows = count = 0
        for submission in submissions:
            rows += len(submission.inputs)
            if rows > MAX_INLINE_ROWS and count:
                break
            count += 1
        self._submissions = submissions[count:]
        if self._submissions:
            asyncio.get_running_loop().call_soon(self._run)
        # Champion and challenger take turns in a release, so neighbours differ in their model.
        batches: dict[int, list[_Submission]] = {}
        for submission in islice(submissions, count):
            batches.setdefault(id(submission.model), []).append(submission)
        for batch in batches.values():
            _predict_batch(batch[0].model, batch)


def _predict_batch(model: Model, batch: list[_Submission]) -> None:
    try:
        predictions = predict_rows(model, [row for item in batch for row in item.inputs])
    except Exception as error:
        if len(batch) == 1:
            batch[0].done(error)
        else:
            # Find whose rows are at fault; the other submissions still get their predictions.
            for item in batch:
                _predict_batch(model, [item])
        return
    start = 0
    for item in batch:
        end = start + len(item.inputs)
        try:
            item.done(predictions[start:end])
        except Exception:
            # The remaining callbacks must still be called.
            _LOG.exception("a prediction could not be passed on")
        start = end


def predict_rows(model: Model, inputs: InputRows) -> Predictions:
    """Return a model's predictions.

    Raises:
        NotFiniteError: a row has no finite prediction.
    """
    predictions = model.predict(np.array(inputs, dtype=float))
    is_finite = np.isfinite(predictions)
    if np.count_nonzero(is_finite) < is_finite.size:
        row = int(np.argmin(is_finite.reshape(len(predictions), -1).all(axis=1)))
        raise NotFiniteError(row)
    values: Predictions = predictions.tolist()
    return values
