"""The asynchronous client: the same steps, awaited."""

import asyncio

import httpx
import pytest

from homestead.client.async_client import AsyncClient
from homestead.client.errors import InvalidRequestError, UnavailableError
from tests.client_server import IDS, MODELS, ScriptedServer

AREA = (200, {"prediction": 80.5, **IDS})


def test_it_retries_under_one_key_and_tells_errors_as_the_other() -> None:
    server = ScriptedServer(
        (503, {"error": "busy", "reason": "busy"}),
        httpx.ReadTimeout("slow"),
        AREA,
        (200, MODELS),
        (400, {"error": "area: found 'x', allowed is a number", "reason": "type"}),
    )

    async def run() -> None:
        async with AsyncClient(
            "http://homes", transport=httpx.MockTransport(server.later)
        ) as client:
            assert (await client.predict({"area": 80.5})).value == 80.5
            (model,) = await client.models()
            assert (model.target, model.unit) == ("price", "EUR")
            with pytest.raises(InvalidRequestError) as error:
                await client.explain([{"area": "x"}])
            assert (error.value.row, error.value.field) == (0, "area")

    asyncio.run(run())
    assert len(set(server.keys[:3])) == 1


def test_it_waits_without_blocking_the_loop() -> None:
    server = ScriptedServer(httpx.ConnectError("refused"))

    async def run() -> int:
        turns = 0

        async def count() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0.01)

        counting = asyncio.create_task(count())
        async with AsyncClient(
            "http://homes", transport=httpx.MockTransport(server.later)
        ) as client:
            with pytest.raises(UnavailableError):
                await client.wait_until_ready(0.2)
        counting.cancel()
        return turns

    assert asyncio.run(run()) > 2
