"""The lane for heavy work: its room, the turns in it, and clients that leave."""

import asyncio
import threading
from collections.abc import Callable, Coroutine

import pytest

from homestead.serving.errors import RefusedError
from homestead.serving.http.request import Client
from homestead.serving.prediction.heavy_lane import (
    MAX_DECODED,
    MAX_LARGE,
    MAX_SHORT,
    HeavyLane,
)


class Requests:
    """Requests of a lane, and what became of them."""

    def __init__(self) -> None:
        self.lane = HeavyLane()
        self.events: list[str] = []
        self.refusals: dict[str, RefusedError] = {}
        self.clients: dict[str, Client] = {}

    def start(
        self, name: str, response: Coroutine[None, None, None], is_large: bool = True
    ) -> None:
        self.clients[name] = Client()
        self.lane.start(response, self.clients[name], self._refuse(name), is_large=is_large)

    def _refuse(self, name: str) -> Callable[[Exception], None]:
        def refuse(error: Exception) -> None:
            assert isinstance(error, RefusedError)
            self.refusals[name] = error

        return refuse

    async def work(self, name: str, parts: int, part: Callable[[], None] = lambda: None) -> None:
        for number in range(parts):
            await self.lane.run(part)
            self.events.append(f"{name}{number}")
        self.events.append(f"{name} done")

    async def until_idle(self) -> None:
        while self.lane._large | self.lane._short:
            await asyncio.sleep(0.001)


def test_short_requests_take_turns_with_the_parts_of_large_ones() -> None:
    async def run() -> list[str]:
        requests = Requests()
        requests.start("large", requests.work("large", 50))
        await asyncio.sleep(0)
        requests.start("short", requests.work("short", 1), is_large=False)
        await requests.until_idle()
        return requests.events

    events = asyncio.run(run())
    assert events.index("short done") < 5
    assert events[-1] == "large done"


@pytest.mark.parametrize(("is_large", "limit"), [(True, MAX_LARGE), (False, MAX_SHORT)])
def test_requests_beyond_the_lanes_room_are_refused_and_others_still_run(
    is_large: bool, limit: int
) -> None:
    async def run() -> Requests:
        requests = Requests()
        for number in range(limit + 3):
            requests.start(str(number), requests.work(f"{number}:", 2), is_large)
        await requests.until_idle()
        requests.start("later", requests.work("later", 1), is_large)
        await requests.until_idle()
        return requests

    requests = asyncio.run(run())
    assert sorted(map(int, requests.refusals)) == [limit, limit + 1, limit + 2]
    assert {(e.status, e.reason) for e in requests.refusals.values()} == {(503, "busy")}
    assert len([event for event in requests.events if event.endswith("done")]) == limit + 1


def test_only_a_few_large_requests_are_decoded_at_a_time() -> None:
    async def run() -> int:
        requests, active, most = Requests(), 0, 0

        async def work() -> None:
            nonlocal active, most
            active += 1
            most = max(most, active)
            await requests.lane.run(lambda: None)
            active -= 1

        for number in range(MAX_LARGE):
            requests.start(str(number), work())
        await requests.until_idle()
        return most

    assert asyncio.run(run()) == MAX_DECODED


def test_work_ends_with_its_part_once_the_client_is_gone() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def part() -> None:
        begun.set()
        assert go_on.wait(20)

    async def run() -> Requests:
        requests = Requests()
        requests.start("running", requests.work("running", 1000, part))
        for name in ("next", "waiting"):
            requests.start(name, requests.work(name, 1))
        while not begun.is_set():
            await asyncio.sleep(0.001)
        requests.clients["running"].leave()
        requests.clients["waiting"].leave()
        await asyncio.sleep(0)
        go_on.set()
        await requests.until_idle()
        return requests

    requests = asyncio.run(run())
    assert requests.events == ["next0", "next done"]
    assert {name: error.status for name, error in requests.refusals.items()} == {
        "running": 408,
        "waiting": 408,
    }


def test_a_client_that_is_gone_already_costs_no_work() -> None:
    async def run() -> Requests:
        requests = Requests()
        client = Client()
        client.leave()
        refuse = requests._refuse("gone")
        requests.lane.start(requests.work("gone", 1), client, refuse, is_large=True)
        await requests.until_idle()
        return requests

    requests = asyncio.run(run())
    assert requests.events == []
    assert requests.refusals["gone"].reason == "abandoned"
