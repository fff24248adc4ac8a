"""Threads of numerical libraries: as many as the CPU limit allows, and passive while they wait.

OpenMP's threads wait for each other actively by default. In a pod whose limit is below the node's
cores, or beside any other process, a thread that waits takes the CPU from the one it waits for:
fits of 15 s took 290 to 802 s (``benchmarks/threads``).

The variables must be set before the libraries are loaded, so ``homestead/__init__.py`` sets them.
This module imports nothing but the standard library.
"""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

_CGROUP, _MEMBERSHIP = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")
_WAIT_POLICY, _THREADS, _BLAS_THREADS = "OMP_WAIT_POLICY", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"
# Arrow's threads that read files, eight by default, and joblib's processes. Arrow's threads that
# compute are as many as OpenMP's, DuckDB's and onnxruntime's are set where they are opened.
_ARROW_THREADS, _JOBLIB_CORES = "ARROW_IO_THREADS", "LOKY_MAX_CPU_COUNT"
# Names and values that a process of ours has set. Whoever inherits them may share them out anew: a
# run of two trainings at a time, which a command has started, as one that a shell has.
_OWN = "HOMESTEAD_OWN_THREADS"
_TASKS = Path("/proc/self/task")
# Thread of pyarrow's allocator, which stops and resumes by itself when the process forks.
_HARMLESS_THREADS = {"jemalloc_bg_thd"}


def cpu_limit(cgroup: Path = _CGROUP, membership: Path = _MEMBERSHIP) -> int:
    """Return how many CPUs this process may use, at least 1; of a fraction, the whole ones.

    Args:
        cgroup: where control groups are mounted; ``os.cpu_count`` does not know the limit that a
            container has.
        membership: file that says which groups the process is in.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    limits = [float(cores or 1), *_cgroup_limits(cgroup, membership)]
    return max(1, int(min(limits)))


def _cgroup_limits(cgroup: Path, membership: Path) -> Iterator[float]:
    """Yield the limits, in CPUs, of the process's groups and of those that they are in.

    A container that has its own view of the groups is in the root of what it sees.
    """
    version_2, version_1 = "/", "/"
    with contextlib.suppress(OSError, ValueError):
        for line in membership.read_text(encoding="utf-8").splitlines():
            _, controllers, path = line.split(":", 2)
            if not controllers:
                version_2 = path
            elif "cpu" in controllers.split(","):
                version_1 = path
    for folder in _with_parents(cgroup, version_2):
        with contextlib.suppress(OSError, ValueError):
            quota, period = (folder / "cpu.max").read_text(encoding="utf-8").split()
            if quota != "max":
                yield int(quota) / int(period)
    for folder in _with_parents(cgroup / "cpu", version_1):
        with contextlib.suppress(OSError, ValueError):
            quota = (folder / "cpu.cfs_quota_us").read_text(encoding="utf-8")
            period = (folder / "cpu.cfs_period_us").read_text(encoding="utf-8")
            if int(quota) > 0:
                yield int(quota) / int(period)


def _with_parents(root: Path, path: str) -> Iterator[Path]:
    """Yield the root and each folder on the way to a group; none outside of the root."""
    yield root
    folder = root
    for part in path.split("/"):
        if part == "..":
            return
        if part:
            folder /= part
            yield folder


def thread_variables(processes: int = 1) -> dict[str, str]:
    """Return the environment for each of some processes that compute at the same time.

    They share the CPU limit: OpenMP's, Arrow's and joblib's threads follow it.

    BLAS gets one thread, since its sums depend on their number. Variables that the user has set
    are left out; one more says which these are not.
    """
    share = str(max(1, cpu_limit() // processes))
    variables = {
        _WAIT_POLICY: "PASSIVE",
        _THREADS: share,
        _BLAS_THREADS: "1",
        _ARROW_THREADS: share,
        _JOBLIB_CORES: share,
    }
    own = _own_variables()
    given = {n: v for n, v in variables.items() if n in own or n not in os.environ}
    return given | {_OWN: _record(given)}


def _own_variables() -> dict[str, str]:
    """Return the variables that are as this process, or one that started it, has set them."""
    recorded = (item.partition("=")[::2] for item in os.environ.get(_OWN, "").split())
    return {name: value for name, value in recorded if os.environ.get(name) == value}


def _record(variables: dict[str, str]) -> str:
    return " ".join(f"{name}={value}" for name, value in variables.items())


def thread_share() -> int:
    """Return how many threads this process may compute with: its part of the CPUs."""
    threads = os.environ.get(_THREADS, "")
    return int(threads) if threads.isdecimal() and int(threads) else cpu_limit()


def one_thread() -> dict[str, str]:
    """Return the environment of a process that computes with one thread beside others."""
    return {_WAIT_POLICY: "PASSIVE", _THREADS: "1", _BLAS_THREADS: "1"}


def configure_threads() -> None:
    """Set this process's variables, which its child processes inherit.

    Those that it has inherited itself stay: they may be its share.
    """
    own = _own_variables()
    missing = {n: v for n, v in thread_variables().items() if n not in os.environ}
    if "sklearn" in sys.modules:
        # Its OpenMP has read the environment already: see reproducible_threads.
        missing.pop(_WAIT_POLICY, None)
    missing.pop(_OWN, None)
    os.environ.update(missing)
    os.environ[_OWN] = _record(own | missing)


@contextlib.contextmanager
def reproducible_threads() -> Iterator[None]:
    """Fit with the same result, bit by bit, whatever the number of threads.

    Sums in BLAS depend on its threads, so that it gets one, also where numpy was loaded before this
    package. scikit-learn's own OpenMP loops do not; they get one thread only if theirs wait
    actively.
    """
    # The limits apply to libraries that are loaded: scipy has a BLAS of its own.
    import sklearn.linear_model  # noqa: F401
    from threadpoolctl import threadpool_limits

    limits = {"blas": 1}
    if os.environ.get(_WAIT_POLICY, "").upper() != "PASSIVE":
        limits["openmp"] = 1
    with threadpool_limits(limits):
        yield


def openmp_threads() -> int:
    """Return the threads of a library that is loaded after the limits are set; 0 for its default.

    One, if threads wait actively: see :func:`reproducible_threads`.
    """
    return 0 if os.environ.get(_WAIT_POLICY, "").upper() == "PASSIVE" else 1


def is_safe_to_fork() -> bool:
    """Return whether this process has no thread that a fork would lose; where unknown, False."""
    try:
        names = {
            (task / "comm").read_text(encoding="utf-8").strip()
            for task in _TASKS.iterdir()
            if task.name != str(os.getpid())
        }
    except OSError:
        return False  # not Linux
    return names <= _HARMLESS_THREADS
