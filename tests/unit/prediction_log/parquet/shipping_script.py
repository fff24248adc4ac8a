"""Ships a spool to files again and again, killed a step later each time until it succeeds.

Run as a process that never used DuckDB itself, so that it may be forked.
"""

import os
import signal
import sys
from pathlib import Path

import duckdb  # noqa: F401 - imported once for all forks
import sqlalchemy as sa

from homestead.prediction_log.parquet import segment_files  # noqa: F401
from homestead.prediction_log.shipper import Shipper

_EVENTS = {"open", "os.rename", "os.remove", "os.mkdir", "shutil.copyfile"}


def main(spool: Path, root: str) -> None:
    """Print how many kills it took."""
    for steps in range(1000):
        child = os.fork()
        if child == 0:
            _ship(spool, root, steps)
        _, status = os.waitpid(child, 0)
        for path in Path(root).rglob("[!.]*.parquet"):
            content = path.read_bytes()
            assert content[:4] == content[-4:] == b"PAR1", f"{path} is incomplete"
        if status == 0:
            print(steps)  # noqa: T201
            return


def _ship(spool: Path, root: str, steps: int) -> None:
    places, left = (str(spool), root), steps

    def count(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal left
        if event in _EVENTS and any(str(a).startswith(places) for a in arguments):
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)
    shipper = Shipper(spool, sa.create_engine("sqlite://"), parquet_root=root)
    shipper.ship()
    os._exit(1 if shipper.error else 0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
