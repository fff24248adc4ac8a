"""Bucket jobs on one machine: buckets are computed by threads, one for each core.

DuckDB and Arrow compute outside of Python's lock, so that threads use all cores without copying
rows between processes.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from homestead.engine.buckets import Bucket, BucketJob, divide
from homestead.threads import cpu_limit

# Seconds between two lines of progress.
_REPORT_EVERY_S = 5.0


def run_on_pool(
    jobs: Sequence[BucketJob],
    folder: Path,
    report: Callable[[str], None],
    workers: int | None = None,
) -> list[list[Path]]:
    """Compute jobs bucket by bucket, several at the same time.

    The results do not depend on the number of workers, nor does the error: it is that of the first
    job, and of its first bucket, that fails.

    Args:
        folder: existing folder for the buckets' files; the caller removes it.
        report: takes lines of progress with the number of rows done.
        workers: threads that compute buckets; as many as the CPU limit if None.

    Returns:
        The output files of each job's buckets, in the order of their numbers.

    Raises:
        UserError: what the computation of a bucket raises.
    """
    workers = workers or cpu_limit()
    progress = _Progress(report)
    submitted: list[tuple[BucketJob, list[Bucket], list[Future[None]]]] = []
    with ThreadPoolExecutor(workers, thread_name_prefix="bucket") as pool:
        try:
            # Large buckets first: while one is computed, the next jobs' tables are divided.
            for number, job in enumerate(jobs):
                buckets = _buckets(job, folder / str(number), min(workers, _tasks(jobs)))
                futures = [pool.submit(_compute, job, bucket) for bucket in buckets]
                submitted.append((job, buckets, futures))
            for job, _, futures in submitted:
                for done, future in enumerate(futures, 1):
                    future.result()
                    progress.add(job, done)
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return [[bucket.output for bucket in buckets] for _, buckets, _ in submitted]


def _tasks(jobs: Sequence[BucketJob]) -> int:
    return sum(job.buckets for job in jobs)


def _buckets(job: BucketJob, folder: Path, neighbours: int) -> list[Bucket]:
    """Divide a job's inputs, and return its buckets."""
    divided = []
    for number, source in enumerate(job.inputs):
        of_input = folder / f"input-{number}"
        of_input.mkdir(parents=True)
        divided.append(divide(source, job.buckets, of_input))
    output = folder / "output"
    output.mkdir(parents=True)
    return [
        Bucket(number, files, output / f"{number}.parquet", neighbours)
        for number, files in enumerate(zip(*divided, strict=True))
    ]


def _compute(job: BucketJob, bucket: Bucket) -> None:
    job.compute(bucket)
    for source, file in zip(job.inputs, bucket.files, strict=True):
        if source.prepare is not None:
            file.unlink()


class _Progress:
    """Lines of progress, for jobs that take long."""

    def __init__(self, report: Callable[[str], None]) -> None:
        self._report = report
        self._reported_at = time.monotonic()

    def add(self, job: BucketJob, done: int) -> None:
        """Note that so many buckets of a job are done."""
        if time.monotonic() - self._reported_at < _REPORT_EVERY_S:
            return
        self._reported_at = time.monotonic()
        rows = job.rows * done // job.buckets
        self._report(f"{job.name}: {rows:,} of {job.rows:,} rows")
