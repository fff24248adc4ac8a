"""Rows of several requests in one run of the model."""

import asyncio
from types import SimpleNamespace
from typing import Any

import numpy as np

from homestead.serving.errors import RefusedError
from homestead.serving.limits import MAX_INLINE_ROWS
from homestead.serving.models.batcher import Batcher


class Model:
    """Doubles a row's only value; notes the sizes of its runs. A negative one it can't take, and
    of zero it makes no finite number.
    """

    def __init__(self) -> None:
        self.runs: list[int] = []

    def predict(self, X: np.ndarray) -> np.ndarray:
        if (X < 0).any():
            raise ValueError("negative")
        self.runs.append(len(X))
        found: np.ndarray = np.where(X[:, 0] == 0, np.inf, X[:, 0] * 2)
        return found


def loaded() -> Any:
    return Model()


def test_who_comes_in_the_same_turn_shares_a_run_and_gets_its_own_rows() -> None:
    by = loaded()

    async def run() -> list[Any]:
        batch = Batcher()
        tables = [[[float(i)]] * (i % 3 + 1) for i in range(1, 20)]
        return await asyncio.gather(*(batch.predict(by, table) for table in tables))

    found = asyncio.run(run())
    assert found == [[2.0 * i] * (i % 3 + 1) for i in range(1, 20)]
    assert len(by.runs) == 1


def test_models_are_not_mixed() -> None:
    champion, challenger = loaded(), loaded()

    async def run() -> list[Any]:
        batch = Batcher()
        return await asyncio.gather(
            *(batch.predict(by, [[1.0]]) for by in (champion, challenger, champion))
        )

    assert asyncio.run(run()) == [[2.0]] * 3
    assert (sum(champion.runs), sum(challenger.runs)) == (2, 1)


def test_ones_mistake_is_not_anothers() -> None:
    by = loaded()

    async def run() -> list[Any]:
        batch = Batcher()
        asked = [batch.predict(by, [[value]]) for value in (1.0, -1.0, 0.0, 3.0)]
        return await asyncio.gather(*asked, return_exceptions=True)

    found = asyncio.run(run())
    assert (found[0], found[3]) == ([2.0], [6.0])
    assert isinstance(found[1], ValueError)
    assert isinstance(found[2], RefusedError)
    assert (found[2].status, str(found[2])) == (422, "row 0: the model's prediction is not finite")


def test_many_rows_leave_the_loop_to_others_in_between() -> None:
    by = loaded()
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def run() -> None:
        batch = Batcher()
        counting = asyncio.create_task(count())
        await asyncio.gather(*(batch.predict(by, [[1.0]] * 90) for _ in range(20)))
        counting.cancel()

    asyncio.run(run())
    assert max(by.runs) <= MAX_INLINE_ROWS
    assert sum(by.runs) == 1800
    assert turns >= len(by.runs)


def test_who_has_gone_is_no_harm_to_those_who_wait() -> None:
    by = loaded()

    async def run() -> Any:
        batch = Batcher()
        gone = asyncio.ensure_future(batch.predict(by, [[1.0]]))
        stays = asyncio.ensure_future(batch.predict(by, [[2.0]]))
        await asyncio.sleep(0)
        gone.cancel()
        return await stays

    assert asyncio.run(run()) == [4.0]
