"""Search: the study of a candidate in the database, with helpers on this machine's other cores.

``python -m homestead.steps.search.shared PROBLEM CANDIDATE SEED DATASET`` is a helper: a process
that runs trials until all have ended, or its parent has.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from threadpoolctl import threadpool_limits

from homestead.errors import UserError
from homestead.files import write_text
from homestead.problem.loader import dump_problem, parse_problem
from homestead.problem.schema import Problem
from homestead.settings import Settings
from homestead.threads import one_thread, thread_share
from homestead.training.distributed.workers import boosting_workers, distributed_boosting
from homestead.training.studies.candidate_search import Between
from homestead.training.studies.plan import BATCH_TRIALS
from homestead.training.studies.sql_study import CLAIM_S, shared_study
from homestead.training.studies.study import Study

# A helper takes some seconds to import what it needs. It must save more than that.
_WORTH_S = 20.0
_END_S = 5.0


class SharedHost:
    """Studies in the project's database, with helpers once a search turns out to take long."""

    def __init__(
        self,
        settings: Settings,
        problem: str,
        start_helper: Callable[[], "subprocess.Popen[bytes]"] | None = None,
        *,
        helpers: int = 0,
        worth_s: float = _WORTH_S,
        claim_s: float = CLAIM_S,
        parent: int | None = None,
        report: Callable[[str], None] = lambda message: None,
    ) -> None:
        """Say where studies lie, and who may help.

        Args:
            problem: its name.
            start_helper: starts one more process that takes part in the search.
            helpers: how many to start.
            worth_s: how long the rest of a search must take for one process, in seconds.
            claim_s: as of :func:`shared_study`.
            parent: process without which this one ends.
        """
        self._settings, self._problem, self._claim_s = settings, problem, claim_s
        self._start, self._wanted = start_helper, min(helpers, BATCH_TRIALS - 1)
        self._worth_s, self._parent, self._report = worth_s, parent, report
        self._helpers: list[subprocess.Popen[bytes]] = []

    @contextmanager
    def open(self, study: str, candidate: str, trials: int) -> Iterator[tuple[Study, Between]]:
        """Open a study; helpers end with this block."""
        self._settings.folder()
        url = self._settings.database_url
        with ExitStack() as stack:
            stack.callback(self._end)
            opened = stack.enter_context(
                shared_study(url, study, self._problem, candidate, trials, claim_s=self._claim_s)
            )
            begun = time.monotonic()
            lefts: list[int] = []

            def between(left: int) -> None:
                if self._parent not in (None, os.getppid()):
                    raise SystemExit("the process that searches has ended")
                lefts.append(left)
                done = lefts[0] - left
                if self._start is None:
                    self._watch()
                elif done and left * (time.monotonic() - begun) / done > self._worth_s:
                    # Each process computes with one thread from now on.
                    stack.enter_context(threadpool_limits({"openmp": 1}))
                    self._helpers = [self._start() for _ in range(self._wanted)]
                    self._start = None

            yield opened, between

    def _watch(self) -> None:
        """Report helpers that have ended: others run their trials."""
        for helper in self._helpers:
            if helper.poll():
                how = helper.returncode
                reason = f"by signal {-how}" if how < 0 else f"with exit code {how}"
                self._report(f"a process of the search ended {reason}; others run its trials")
        self._helpers = [helper for helper in self._helpers if not helper.poll()]

    def _end(self) -> None:
        for helper in self._helpers:
            helper.terminate()
        for helper in self._helpers:
            try:
                helper.wait(_END_S)
            except subprocess.TimeoutExpired:
                helper.kill()
                helper.wait()
        self._helpers = []


@contextmanager
def helped_host(
    problem: Problem,
    candidate: str,
    seed: int,
    dataset: Path,
    settings: Settings,
    report: Callable[[str], None],
    worth_s: float = _WORTH_S,
) -> Iterator[SharedHost]:
    """Yield a host whose helpers use this process's other cores; arguments as of the train step."""
    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder) / "problem.yaml"
        write_text(text, dump_problem(problem))
        arguments = [str(text), candidate, str(seed), str(dataset)]

        def start_helper() -> "subprocess.Popen[bytes]":
            return subprocess.Popen(
                [sys.executable, "-m", "homestead.steps.search.shared", *arguments],
                env={**os.environ, **settings.environment(), **one_thread()},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )

        # Each would be the driver of a Spark of its own.
        is_distributed = boosting_workers(problem.candidates[candidate].estimator) > 0
        helpers = 0 if is_distributed else thread_share() - 1
        yield SharedHost(
            settings,
            problem.name,
            start_helper if helpers else None,
            helpers=helpers,
            worth_s=worth_s,
            report=report,
        )


def join_search(
    problem: Problem,
    candidate: str,
    seed: int,
    dataset: Path,
    settings: Settings,
    report: Callable[[str], None],
    parent: int | None = None,
) -> None:
    """Run trials of a candidate's search until all have ended, whoever runs the others.

    Args:
        dataset: Parquet file of the training set.
        parent: process without which this one ends.

    Raises:
        UserError: the candidate cannot be fitted.
    """
    from homestead.training.search import help_search

    host = SharedHost(settings, problem.name, parent=parent)
    with distributed_boosting(settings):
        help_search(candidate, dataset, problem, seed, host, report)


def main(arguments: list[str]) -> None:
    """Run as a helper of the process that started this one."""
    parent = os.getppid()
    text, candidate, seed, dataset = arguments
    problem = parse_problem(Path(text).read_text(encoding="utf-8"))
    try:
        join_search(
            problem,
            candidate,
            int(seed),
            Path(dataset),
            Settings.read(),
            lambda message: None,
            parent,
        )
    except UserError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(sys.argv[1:])
