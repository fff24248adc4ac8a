"""A PostgreSQL connection that does not wait for ever.

The server's ``statement_timeout`` does not help where the server, or the network in between, says
nothing more: TCP acknowledges in the kernel of a machine whose processes stand still.
"""

import time
from typing import Any

import psycopg
from psycopg.abc import PQGen
from psycopg.waiting import Ready


class SilenceTimeoutConnection(psycopg.Connection[Any]):
    """Gives up, and is closed, once the database has said nothing for too long.

    Attributes:
        timeout_s: seconds without a byte from the database or to it.
    """

    timeout_s = 60.0

    def wait(self, gen: PQGen[Any], interval: float = 0.1, timeout: float | None = None) -> Any:
        """Wait as psycopg does, who looks here ``interval`` seconds after a byte at the latest.

        Raises:
            OperationalError: the database was silent. Whether it did what it was asked to do is
                not known.
        """
        return super().wait(self._watched(gen), interval, timeout)

    def _watched(self, gen: PQGen[Any]) -> PQGen[Any]:
        try:
            wanted = next(gen)
            until = time.monotonic() + self.timeout_s
            while True:
                ready = yield wanted
                if ready != Ready.NONE:
                    until = time.monotonic() + self.timeout_s
                elif time.monotonic() > until:
                    self.close()
                    raise psycopg.OperationalError(
                        f"the database said nothing for {self.timeout_s:g} s"
                    )
                wanted = gen.send(ready)
        except StopIteration as ended:
            return ended.value
