"""Imports of later parts of the demo, while steps run in processes of their own."""

import contextlib
import importlib
import threading
from collections.abc import Iterable, Iterator


@contextlib.contextmanager
def imported_meanwhile(names: Iterable[str]) -> Iterator[None]:
    """Import modules beside the block, which waits for other processes; then wait for the import.

    What cannot be imported is left to the part that needs it, which says why.
    """

    def import_all() -> None:
        for name in names:
            with contextlib.suppress(Exception):
                importlib.import_module(name)

    thread = threading.Thread(target=import_all, name="demo-imports")
    thread.start()
    try:
        yield
    finally:
        thread.join()
