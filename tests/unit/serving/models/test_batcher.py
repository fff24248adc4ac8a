"""Rows of several requests in one run of the model."""

import asyncio
from typing import Any

import numpy as np

from homestead.serving.errors import RefusedError
from homestead.serving.models.batcher import Batcher
from homestead.serving.request_limits import MAX_INLINE_ROWS


class DoublingModel:
    """Doubles a row's only value; fails for negative values, and makes infinity of zero.

    Attributes:
        run_rows: number of rows of each run that succeeded.
    """

    def __init__(self) -> None:
        self.run_rows: list[int] = []

    def predict(self, X: np.ndarray) -> np.ndarray:
        if (X < 0).any():
            raise ValueError("negative")
        self.run_rows.append(len(X))
        predictions: np.ndarray = np.where(X[:, 0] == 0, np.inf, X[:, 0] * 2)
        return predictions


def predict_all(*submissions: tuple[Any, list[list[float]]]) -> list[Any]:
    """Submit rows for models in one turn; return predictions or errors in the same order."""

    async def run() -> list[Any]:
        batcher = Batcher()
        coroutines = [batcher.predict(model, inputs) for model, inputs in submissions]
        return await asyncio.gather(*coroutines, return_exceptions=True)

    return asyncio.run(run())


def test_submissions_of_one_turn_share_a_run_and_get_their_own_rows() -> None:
    model = DoublingModel()
    results = predict_all(*((model, [[float(i)]] * (i % 3 + 1)) for i in range(1, 20)))
    assert results == [[2.0 * i] * (i % 3 + 1) for i in range(1, 20)]
    assert len(model.run_rows) == 1


def test_each_model_has_one_run_of_its_own_though_they_take_turns() -> None:
    champion, challenger = DoublingModel(), DoublingModel()
    results = predict_all(*((model, [[1.0]]) for model in (champion, challenger, champion)))
    assert results == [[2.0]] * 3
    assert (champion.run_rows, challenger.run_rows) == ([2], [1])


def test_a_failing_submission_does_not_fail_others() -> None:
    model = DoublingModel()
    results = predict_all(*((model, [[value]]) for value in (1.0, -1.0, 0.0, 3.0)))
    assert (results[0], results[3]) == ([2.0], [6.0])
    assert isinstance(results[1], ValueError)
    assert isinstance(results[2], RefusedError)
    assert results[2].status == 422
    assert str(results[2]) == "row 0: the model's prediction is not finite"


def test_many_rows_leave_turns_of_the_event_loop_to_others() -> None:
    model: Any = DoublingModel()
    turns = 0

    async def count_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def run() -> None:
        batcher = Batcher()
        counting = asyncio.create_task(count_turns())
        await asyncio.gather(*(batcher.predict(model, [[1.0]] * 90) for _ in range(20)))
        counting.cancel()

    asyncio.run(run())
    assert max(model.run_rows) <= MAX_INLINE_ROWS
    assert sum(model.run_rows) == 1800
    assert turns >= len(model.run_rows)


def test_a_cancelled_submission_does_not_harm_others() -> None:
    model: Any = DoublingModel()

    async def run() -> Any:
        batcher = Batcher()
        cancelled = asyncio.ensure_future(batcher.predict(model, [[1.0]]))
        waiting = asyncio.ensure_future(batcher.predict(model, [[2.0]]))
        await asyncio.sleep(0)
        cancelled.cancel()
        return await waiting

    assert asyncio.run(run()) == [4.0]
