"""Threads that check batches: order, the number of batches held, and the first error."""

import threading
import time
from collections.abc import Iterator

import pyarrow as pa
import pytest

from homestead.data.checking.batches import Batch
from homestead.data.checking.engines import in_threads
from homestead.errors import UserError

BATCHES = [Batch(start, pa.table({"x": [start]})) for start in range(30)]


def start_of(batch: Batch) -> int:
    # The first of each few is the slowest.
    time.sleep(0.005 if batch.start % 4 == 0 else 0)
    return batch.start


@pytest.mark.parametrize("threads", [1, 2, 7])
def test_what_is_found_is_in_the_order_of_batches(threads: int) -> None:
    assert list(in_threads(start_of, iter(BATCHES), threads)) == list(range(30))
    assert list(in_threads(start_of, iter([]), threads)) == []


@pytest.mark.parametrize("threads", [1, 3])
def test_no_more_batches_are_held_than_are_worked_on(threads: int) -> None:
    read: list[int] = []

    def reading() -> Iterator[Batch]:
        for batch in BATCHES:
            read.append(batch.start)
            yield batch

    for done, _ in enumerate(in_threads(start_of, reading(), threads), 1):
        assert len(read) <= done + threads


def test_the_error_is_that_of_the_first_batch_that_fails() -> None:
    later_failed = threading.Event()

    def fail(batch: Batch) -> int:
        if batch.start == 2:
            later_failed.wait(10)
            raise UserError("batch 2")
        if batch.start == 3:
            later_failed.set()
            raise UserError("batch 3")
        return batch.start

    found = []
    with pytest.raises(UserError, match=r"^batch 2$"):
        found += list(in_threads(fail, iter(BATCHES), 2))
    threads = {thread.name for thread in threading.enumerate()}
    assert not any(name.startswith("ThreadPoolExecutor") for name in threads)
