"""A function from bytes to bytes that Spark's executors compute, one call a task.

For work whose calls come one after the other as rows are read, and whose results are small enough
for the driver's memory; tables that are divided go through
:mod:`homestead.engine.spark_buckets`.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from homestead.engine.limits import memory_limit
from homestead.engine.spark_session import spark_session
from homestead.errors import UserError

if TYPE_CHECKING:
    from pyspark.core.broadcast import Broadcast

_RESULTS: Final = pa.schema({"content": pa.binary(), "error": pa.string()})
_RESULT_TYPES: Final = "content binary, error string"
# What a call may take of the driver's memory: rows as read, as sent, and the result.
_BYTES_PER_CALL: Final = 64 * 2**20


class SparkFunction:
    """A function that executors of this process's Spark session compute.

    Several threads may call it at the same time, each for a task. A task that is lost with its
    executor is computed again by Spark.
    """

    def __init__(self, function: Callable[[bytes], bytes]) -> None:
        """Start the session, if there is none.

        Args:
            function: of this package, or a ``partial`` of one; it goes to the executors with each
                call. It depends on its argument alone, since a call may be repeated.

        Raises:
            UserError: pyspark or Java is missing, or Spark's master cannot be used.
        """
        self._session, self._function = spark_session(), function

    @property
    def calls(self) -> int:
        """How many calls to make at the same time: one for each core of executors, and one more.

        Fewer where the driver's memory does not hold what so many calls send and receive.
        """
        cores = int(self._session.sparkContext.defaultParallelism)
        return max(1, min(cores + 1, memory_limit() // 2 // _BYTES_PER_CALL))

    def __call__(self, content: bytes) -> bytes:
        """Return the result for some bytes.

        Raises:
            UserError: the function raises it.
        """
        sent = self._session.sparkContext.broadcast(content)
        try:
            one = self._session.range(0, 1, 1, 1)
            task = partial(call_task, function=self._function, content=sent)
            [found] = one.mapInArrow(task, _RESULT_TYPES).collect()
        finally:
            sent.destroy()
        if found.error is not None:
            raise UserError(found.error)
        return bytes(found.content)


def call_task(
    batches: Iterable[pa.RecordBatch],
    *,
    function: Callable[[bytes], bytes],
    content: "Broadcast[bytes]",
) -> Iterator[pa.RecordBatch]:
    """Call the function on an executor.

    A mistake of the user is part of the result: Spark would repeat a task that raises it.

    Args:
        batches: a row, for which Spark calls this once.
    """
    for _ in batches:
        try:
            yield _result(function(content.value), None)
        except UserError as error:
            yield _result(None, str(error))


def _result(content: bytes | None, error: str | None) -> pa.RecordBatch:
    arrays = [pa.array([v], t) for v, t in zip((content, error), _RESULTS.types, strict=True)]
    return pa.record_batch(arrays, schema=_RESULTS)
