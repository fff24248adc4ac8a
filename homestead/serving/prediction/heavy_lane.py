"""Lane for work that would hold up the event loop: one thread, few requests, and a short queue."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from homestead.serving.errors import RefusedError
from homestead.serving.http.request import Client

# Large requests in the lane. Each may hold a body, and stay for seconds.
MAX_LARGE = 8
# Of these, those that are decoded and worked on: while one reads the store, the thread is free.
MAX_DECODED = 2
# Others, whose work is one part for the thread.
MAX_SHORT = 64


class HeavyLane:
    """Runs the responses to heavy requests, and refuses those for which it has no room.

    A response hands its work to :meth:`run` in parts. Short requests take turns with the parts of
    large ones, so that they do not wait for a large one's end. Work whose client is gone ends with
    the part that runs.
    """

    def __init__(self) -> None:
        # One thread: the server uses one core, and the event loop needs its share of it.
        self._thread = ThreadPoolExecutor(1, "heavy-lane")
        self._decoded = asyncio.Semaphore(MAX_DECODED)
        self._large: set[asyncio.Task[None]] = set()
        self._short: set[asyncio.Task[None]] = set()

    def start(
        self,
        response: Coroutine[None, None, None],
        client: Client,
        refuse: Callable[[Exception], None],
        *,
        is_large: bool,
    ) -> None:
        """Run a response, at once or when it is its turn.

        Args:
            response: ends with a response in any case.
            client: ends the work when it is gone.
            refuse: responds with an error instead.
            is_large: whether the work may have more than one part.
        """
        tasks, limit = (self._large, MAX_LARGE) if is_large else (self._short, MAX_SHORT)
        if len(tasks) >= limit:
            response.close()
            refuse(RefusedError(503, "busy", f"{limit} requests of this kind are in progress"))
            return
        waits = self._run_decoded(response) if is_large else response
        task = asyncio.get_running_loop().create_task(waits)
        tasks.add(task)
        is_abandoned = False

        def abandon() -> None:
            nonlocal is_abandoned
            is_abandoned = True
            task.cancel()

        def finish(_: asyncio.Task[None]) -> None:
            tasks.discard(task)
            # A task that never began has not closed it.
            response.close()
            if is_abandoned and task.cancelled():
                refuse(RefusedError(408, "abandoned", "the client has ended the connection"))

        task.add_done_callback(finish)
        client.when_gone(abandon)

    async def _run_decoded(self, response: Coroutine[None, None, None]) -> None:
        async with self._decoded:
            await response

    async def run(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call a function in the lane's thread, after the parts that others have handed over."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, function, *arguments)
