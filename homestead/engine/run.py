"""Bucket jobs on the engine that the settings name: this machine's cores, or Spark's executors."""

from collections.abc import Callable, Sequence
from pathlib import Path

from homestead.engine.buckets import BucketJob
from homestead.engine.pool import run_on_pool
from homestead.settings import Settings


def run_buckets(
    jobs: Sequence[BucketJob], folder: Path, report: Callable[[str], None]
) -> list[list[Path]]:
    """Compute jobs bucket by bucket; the bits do not depend on the engine.

    Args:
        folder: existing folder of this machine for the buckets' files; the caller removes it.
        report: takes lines of progress.

    Returns:
        The output files of each job's buckets, in the order of their numbers.

    Raises:
        UserError: what the computation of a bucket raises; pyspark or Java is missing, or Spark's
            master cannot be used.
    """
    if Settings.read().engine == "local":
        return run_on_pool(jobs, folder, report)
    from homestead.engine.spark_buckets import run_on_spark

    return run_on_spark(jobs, folder, report)
