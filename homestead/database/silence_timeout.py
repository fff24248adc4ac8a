"""PostgreSQL connection that raises when the server has been silent for ``silence_timeout_s``.

``statement_timeout`` cannot detect a stalled host or network, because the kernel of a stalled
host keeps acknowledging TCP segments.
"""

import time
from typing import Any

import psycopg
from psycopg.abc import PQGen
from psycopg.waiting import Ready


class SilenceTimeoutConnection(psycopg.Connection[Any]):
    """Connection that closes itself and raises after a silence.

    Attributes:
        silence_timeout_s: longest time in seconds without a byte sent or received.
    """

    silence_timeout_s = 60.0

    def wait(self, gen: PQGen[Any], interval: float = 0.1, timeout: float | None = None) -> Any:
        """Wait as psycopg does, which resumes the generator every ``interval`` seconds or sooner.

        Raises:
            OperationalError: the server was silent for too long. Whether it executed the
                statement is not known.
        """
        return super().wait(self._raise_on_silence(gen), interval, timeout)

    def _raise_on_silence(self, gen: PQGen[Any]) -> PQGen[Any]:
        try:
            request = next(gen)
            deadline = time.monotonic() + self.silence_timeout_s
            while True:
                ready = yield request
                if ready != Ready.NONE:
                    deadline = time.monotonic() + self.silence_timeout_s
                elif time.monotonic() > deadline:
                    self.close()
                    raise psycopg.OperationalError(
                        f"no response from PostgreSQL for {self.silence_timeout_s:g} s"
                        " (HOMESTEAD_DATABASE_S)"
                    )
                request = gen.send(ready)
        except StopIteration as finished:
            return finished.value
