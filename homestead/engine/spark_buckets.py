"""Bucket jobs on Spark: its executors prepare rows, and compute a bucket in each task.

The driver's files are on its own disk, which executors do not share: rows go to them, and results
come back, through Spark. Each part of a table is read once, by the task that prepares it.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa

from homestead.engine.buckets import BucketInput, BucketJob, read_batches
from homestead.engine.spark_session import spark_session
from homestead.engine.spark_tasks import Part, compute_tasks, file_pieces, send_part
from homestead.errors import UserError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_MESSAGES = "task int, input int, position long, content binary"
_RESULTS = "task int, content binary, error string"
# Rows that one task prepares, as they lie in the driver's memory.
_PART_BYTES = 64 * 2**20
# Seconds between two lines of progress.
_REPORT_EVERY_S = 5.0


def run_on_spark(
    jobs: Sequence[BucketJob], folder: Path, report: Callable[[str], None]
) -> list[list[Path]]:
    """Compute jobs bucket by bucket on the executors of this process's Spark session.

    An executor that is lost is replaced by Spark, which repeats what was lost with it; the results
    are the same. The driver's memory does not depend on the number of rows.

    Args:
        folder: existing folder for the buckets' files; the caller removes it.
        report: takes lines of progress.

    Returns:
        The output files of each job's buckets, in the order of their numbers.

    Raises:
        UserError: what the computation of the first job's first bucket that fails raises; pyspark
            or Java is missing, or Spark's master cannot be used.
    """
    if not jobs:
        return []
    session = spark_session()
    from pyspark import StorageLevel

    tasks = _Tasks(tuple(jobs), (0, *accumulate(job.buckets for job in jobs)))
    outputs = [_output_files(job, folder / str(i) / "output") for i, job in enumerate(jobs)]
    with ExitStack() as stack:
        messages = _union([_messages(session, part) for part in _parts(session, tasks, stack)])
        neighbours = min(tasks.total, _slots_of_executor(session))
        partitions = _partitions(session, tasks.total)
        computed = (
            messages.repartitionById(partitions, "task")
            .sortWithinPartitions("task", "input", "position")
            .mapInArrow(partial(compute_tasks, jobs=tasks.find, neighbours=neighbours), _RESULTS)
        )
        with _progress(session, tasks, partitions, report):
            # All tasks at once: the iterator below would start one at a time.
            computed = computed.persist(StorageLevel.DISK_ONLY)
            stack.callback(computed.unpersist)
            computed.count()
        errors: dict[int, str] = {}
        for task, content, error in computed.toLocalIterator(prefetchPartitions=True):
            if error is not None:
                errors[task] = error
                continue
            job, bucket = tasks.position(task)
            with outputs[job][bucket].open("ab") as file:
                file.write(content)
    if errors:
        raise UserError(errors[min(errors)])
    return outputs


class _Tasks(NamedTuple):
    """The buckets of all jobs, numbered one after the other.

    Attributes:
        starts: the number of each job's bucket 0, and the number of all buckets.
    """

    jobs: tuple[BucketJob, ...]
    starts: tuple[int, ...]

    @property
    def total(self) -> int:
        return self.starts[-1]

    def position(self, task: int) -> tuple[int, int]:
        """Return the number of a task's job, and of its bucket there."""
        job = max(i for i, start in enumerate(self.starts[:-1]) if start <= task)
        return job, task - self.starts[job]

    def find(self, task: int) -> tuple[BucketJob, int]:
        """Return a task's job and the number of its bucket."""
        job, bucket = self.position(task)
        return self.jobs[job], bucket


def _output_files(job: BucketJob, folder: Path) -> list[Path]:
    folder.mkdir(parents=True)
    return [folder / f"{number}.parquet" for number in range(job.buckets)]


def _parts(session: "SparkSession", tasks: _Tasks, stack: ExitStack) -> Iterator[Part]:
    """Yield the parts of all inputs, each of which is sent to the executor that prepares it."""
    for job, first_task in zip(tasks.jobs, tasks.starts, strict=False):
        for number, source in enumerate(job.inputs):
            for position, content in _contents(source):
                broadcast = session.sparkContext.broadcast(content)
                stack.callback(broadcast.destroy)
                yield Part(source, number, first_task, job.buckets, position, broadcast)


def _contents(source: BucketInput) -> Iterator[tuple[int, bytes]]:
    """Yield an input in parts: the position of the first row or byte, and the content."""
    position = 0
    if source.prepare is None:
        for piece in file_pieces(source.file, _PART_BYTES):
            yield position, piece
            position += len(piece)
        return
    waiting: list[pa.Table] = []
    for batch in read_batches(source.file, source.columns):
        waiting.append(batch)
        if sum(table.nbytes for table in waiting) >= _PART_BYTES:
            yield position, _encoded(waiting)
            position += sum(map(len, waiting))
            waiting.clear()
    if waiting or position == 0:
        yield position, _encoded(waiting)


def _encoded(tables: list[pa.Table]) -> bytes:
    """Return tables as a stream of Arrow, each as one batch; empty without any."""
    if not tables:
        return b""
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    with pa.ipc.new_stream(sink, tables[0].schema, options=options) as writer:
        for table in tables:
            writer.write_table(table.combine_chunks())
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _messages(session: "SparkSession", part: Part) -> "DataFrame":
    return session.range(0, 1, 1, 1).mapInArrow(partial(send_part, part=part), _MESSAGES)


def _union(frames: list["DataFrame"]) -> "DataFrame":
    """Return the rows of all frames; Spark analyses a tree of pairs faster than a chain."""
    while len(frames) > 1:
        pairs = [frames[i : i + 2] for i in range(0, len(frames), 2)]
        frames = [pair[0].union(pair[1]) if len(pair) > 1 else pair[0] for pair in pairs]
    return frames[0]


def _partitions(session: "SparkSession", total: int) -> int:
    """Return how many tasks of Spark compute all buckets.

    A few for each core are enough to even out their sizes, and each costs. Where executors come as
    they are needed, each bucket is one: there is no telling how many there will be.
    """
    context = session.sparkContext
    if context.getConf().get("spark.dynamicAllocation.enabled", "false") == "true":
        return total
    return min(total, 4 * context.defaultParallelism)


def _slots_of_executor(session: "SparkSession") -> int:
    """Return how many tasks an executor runs at the same time, or more where it is not known."""
    slots = session.sparkContext.defaultParallelism
    return int(session.sparkContext.getConf().get("spark.executor.cores", str(slots)))


@contextmanager
def _progress(
    session: "SparkSession", tasks: _Tasks, partitions: int, report: Callable[[str], None]
) -> Iterator[None]:
    """Report how far preparation and computation are, until the block ends."""
    is_over = threading.Event()
    names = ", ".join(dict.fromkeys(job.name for job in tasks.jobs))

    def watch() -> None:
        tracker = session.sparkContext.statusTracker()
        while not is_over.wait(_REPORT_EVERY_S):
            for number in tracker.getActiveStageIds():
                stage = tracker.getStageInfo(number)
                if stage is not None:
                    what = "computed" if stage.numTasks == partitions else "prepared"
                    report(f"{names}: {stage.numCompletedTasks / stage.numTasks:.0%} {what}")

    watcher = threading.Thread(target=watch, name="spark-progress", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        is_over.set()
        watcher.join()
