"""Schedule of the local loop: jobs that are due again after a while."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from homestead.errors import UserError


@dataclass(frozen=True)
class LoopJob:
    """A job of the loop.

    Attributes:
        interval_s: from one start to the next.
        run: does it, and tells what it finds line by line.
    """

    name: str
    interval_s: float
    run: Callable[[Callable[[str], None]], object]


class Schedule:
    """Runs jobs when they are due; one that fails is due again after its interval.

    Args:
        report: is told what a job finds, if it is not what the job found before.
        last_run_s: when jobs ended last, in an earlier process: seconds since 1970 by name.
        clock: seconds since 1970.
    """

    def __init__(
        self,
        jobs: Iterable[LoopJob],
        report: Callable[[str], None],
        last_run_s: dict[str, float],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._jobs, self._report, self._clock = tuple(jobs), report, clock
        self._started_s = dict(last_run_s)
        self._found: dict[str, list[str]] = {}

    def run_due(self) -> None:
        """Run each job whose time has come, one after the other."""
        for job in self._jobs:
            now = self._clock()
            if now >= self._started_s.get(job.name, 0.0) + job.interval_s:
                self._started_s[job.name] = now
                self._run(job)

    def _run(self, job: LoopJob) -> None:
        lines: list[str] = []
        try:
            job.run(lines.append)
        except UserError as error:
            # What cannot be read now may be readable at the next look.
            lines.append(f"failed: {error}")
        if lines != self._found.get(job.name):
            for line in lines:
                self._report(f"{job.name}: {line}")
        self._found[job.name] = lines
