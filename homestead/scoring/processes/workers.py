"""Workers that score parts: this process, or several of its own, or tasks of Spark's executors.

Each process has its own model, and ends when its input does.

They get parts through a pipe and give results back through one, so that one process alone writes:
a worker whose parent was killed has nothing left to do, and leaves nothing behind.
"""

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, Self

import msgspec
import pyarrow as pa

from homestead.errors import UserError
from homestead.scoring.processes.setup import WorkerSetup
from homestead.scoring.processes.tables import table_bytes, table_of
from homestead.scoring.scorer import ScoredPart, Scorer
from homestead.scoring.source_rows import RowBatch, frame_of
from homestead.settings import Settings
from homestead.threads import cpu_limit, thread_variables

if TYPE_CHECKING:
    from homestead.scoring.processes.spark_worker import SparkScoring

_LENGTH_BYTES = 8


class NumberedPart(NamedTuple):
    """A scored part with its number."""

    number: int
    part: ScoredPart


class WorkerFailure(msgspec.Struct, tag=True):
    """Why a worker could not score a part."""

    message: str
    is_user_error: bool


class WorkerAnswer(msgspec.Struct, tag=True):
    """What precedes a scored part's table and log lines."""

    refused: int


def write_frame(stream: BinaryIO, *contents: bytes) -> None:
    """Write byte strings, each after its length."""
    for content in contents:
        stream.write(len(content).to_bytes(_LENGTH_BYTES))
        stream.write(content)
    stream.flush()


def read_frame(stream: BinaryIO) -> bytes | None:
    """Return the next byte string, None at the end of the stream."""
    length = stream.read(_LENGTH_BYTES)
    if len(length) < _LENGTH_BYTES:
        return None
    content = stream.read(int.from_bytes(length))
    return content if len(content) == int.from_bytes(length) else None


class WorkerProcess:
    """One process that scores part after part."""

    def __init__(self, setup: WorkerSetup, settings: Settings, processes: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "homestead.scoring.processes.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | settings.environment() | thread_variables(processes),
        )
        assert self._process.stdin is not None  # noqa: S101
        assert self._process.stdout is not None  # noqa: S101
        self._input: BinaryIO = self._process.stdin  # type: ignore[assignment]
        self._output: BinaryIO = self._process.stdout  # type: ignore[assignment]
        self._setup: tuple[bytes, ...] = setup.frames()

    def score(self, batch: RowBatch) -> ScoredPart:
        """Return the scored part.

        Raises:
            UserError: as :meth:`homestead.scoring.scorer.Scorer.score`, or the worker has ended.
        """
        try:
            write_frame(self._input, *self._setup)
            self._setup = ()
            place = msgspec.json.encode((batch.number, batch.first_row))
            write_frame(self._input, place, table_bytes(batch.table))
        except BrokenPipeError:
            raise self._ended() from None
        head = read_frame(self._output)
        if head is None:
            raise self._ended()
        answer = msgspec.json.decode(head, type=WorkerAnswer | WorkerFailure)
        if isinstance(answer, WorkerFailure):
            raise (UserError if answer.is_user_error else RuntimeError)(answer.message)
        table, lines = read_frame(self._output), read_frame(self._output)
        if table is None or lines is None:
            raise self._ended()
        return ScoredPart(table_of(table), answer.refused, lines)

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._input, self._output):
            with contextlib.suppress(BrokenPipeError):  # what was still to be written
                pipe.close()

    def _ended(self) -> UserError:
        code = self._process.wait()
        return UserError(
            f"a scoring process has ended with code {code}; what is scored so far is kept: run the"
            " command again, with fewer --workers if the memory is short"
        )


class Workers:
    """Scores batches in this process, in several, or on Spark, many at the same time."""

    def __init__(
        self,
        setup: WorkerSetup,
        settings: Settings,
        parts: int,
        wanted: int | None,
        scorer: Callable[[], Scorer],
    ) -> None:
        """Start the workers; there are never more than parts.

        Args:
            parts: to score.
            wanted: workers; None for one for each core, of this machine or of Spark's executors.
            scorer: makes the scorer of this process.

        Raises:
            UserError: the engine is Spark, which cannot be started.
        """
        self._scorer: Scorer | None = None
        self._processes: list[WorkerProcess] = []
        self._spark: SparkScoring | None = None
        if settings.engine == "spark":
            from homestead.scoring.processes import spark_worker

            self._spark = spark_worker.SparkScoring(setup, settings)
            self._count = max(1, min(wanted or self._spark.tasks, parts))
            return
        self._count = max(1, min(wanted or cpu_limit(), parts))
        if self._count == 1:
            self._scorer = scorer()
            return
        self._processes = [WorkerProcess(setup, settings, self._count) for _ in range(self._count)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._scorer is not None:
            self._scorer.close()
        if self._spark is not None:
            self._spark.close()
        for process in self._processes:
            process.close()

    def score(self, batches: Iterable[RowBatch]) -> Iterator[NumberedPart]:
        """Yield scored parts as they are done; in any order.

        Raises:
            UserError: a part could not be scored.
        """
        if self._scorer is not None:
            for batch in batches:
                rows, given = frame_of(batch.table)
                part = self._scorer.score(batch.number, batch.first_row, rows, given)
                yield NumberedPart(batch.number, part)
            return
        idle: SimpleQueue[WorkerProcess | SparkScoring] = SimpleQueue()
        for process in self._processes:
            idle.put(process)
        if self._spark is not None:
            for _ in range(self._count):
                idle.put(self._spark)

        def score(batch: RowBatch) -> NumberedPart:
            worker = idle.get()
            try:
                return NumberedPart(batch.number, worker.score(batch))
            finally:
                idle.put(worker)

        executor = ThreadPoolExecutor(self._count, thread_name_prefix="scoring")
        pending: set[Future[NumberedPart]] = set()
        try:
            for batch in batches:
                pending.add(executor.submit(score, batch))
                if len(pending) > self._count:
                    done, pending = wait(pending, return_when=FIRST_COMPLETED)
                    yield from (future.result() for future in done)
            while pending:
                done, pending = wait(pending, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in done)
        finally:
            # A thread that waits for a process sees it end.
            for future in pending:
                future.cancel()
            if sys.exc_info()[0] is not None:
                for process in self._processes:
                    process.close()
            executor.shutdown()


def encoded_part(part: ScoredPart) -> tuple[bytes, ...]:
    """Return the frames of a scored part."""
    head: Any = WorkerAnswer(part.refused)
    table: pa.Table = part.table
    return msgspec.json.encode(head), table_bytes(table), part.log_lines
