"""Where bucket jobs run: on this machine."""

from collections.abc import Callable, Sequence
from pathlib import Path

from homestead.engine.buckets import BucketJob
from homestead.engine.pool import run_on_pool


def run_jobs(
    jobs: Sequence[BucketJob], folder: Path, report: Callable[[str], None]
) -> list[list[Path]]:
    """Compute jobs bucket by bucket; the bits do not depend on where.

    Args:
        folder: existing folder for the buckets' files; the caller removes it.
        report: takes lines of progress with the number of rows done.

    Returns:
        The output files of each job's buckets, in the order of their numbers.

    Raises:
        UserError: what the computation of a bucket raises.
    """
    return run_on_pool(jobs, folder, report)
