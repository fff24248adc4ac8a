"""Threads: the CPU limit of a container, and variables that are set in time."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from homestead.threads import cpu_limit, is_safe_to_fork, thread_variables

VARIABLES = (
    *("OMP_WAIT_POLICY", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"),
    *("ARROW_IO_THREADS", "LOKY_MAX_CPU_COUNT"),
)


QUOTA, PERIOD = "cpu/{}cpu.cfs_quota_us", "cpu/{}cpu.cfs_period_us"


def _tree(folder: Path, files: dict[str, str], membership: str) -> int:
    """Return the limit that a process has in a tree of control groups."""
    for name, text in files.items():
        path = folder / "cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}\n")
    (folder / "membership").write_text(membership)
    return cpu_limit(folder / "cgroup", folder / "membership")


def _version_1(group: str, quota: str) -> dict[str, str]:
    return {QUOTA.format(group): quota, PERIOD.format(group): "100000"}


@pytest.fixture
def eight_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)


@pytest.mark.usefixtures("eight_cores")
@pytest.mark.parametrize(
    ("files", "membership", "limit"),
    [
        # Containers, which are in the root of what they see.
        ({"cpu.max": "100000 100000"}, "0::/", 1),
        ({"cpu.max": "50000 100000"}, "0::/", 1),
        ({"cpu.max": "250000 100000"}, "0::/", 2),
        ({"cpu.max": "399999 100000"}, "0::/", 3),
        ({"cpu.max": "100000 25000"}, "0::/", 4),
        ({"cpu.max": "max 100000"}, "0::/", 8),
        ({"cpu.max": "1500000 100000"}, "0::/", 8),
        (_version_1("", "100000"), "1:cpu:/", 1),
        (_version_1("", "350000"), "4:cpu,cpuacct:/", 3),
        (_version_1("", "-1"), "1:cpu:/", 8),
        # Groups in groups: the smallest limit counts, wherever it is.
        ({"a/cpu.max": "300000 100000", "a/b/cpu.max": "max 100000"}, "0::/a/b", 3),
        ({"a/cpu.max": "300000 100000", "a/b/cpu.max": "200000 100000"}, "0::/a/b", 2),
        ({"a/cpu.max": "200000 100000", "a/b/cpu.max": "300000 100000"}, "0::/a/b", 2),
        ({"a/cpu.max": "200000 100000"}, "0::/other", 8),
        (_version_1("a/", "300000") | _version_1("a/b/", "-1"), "3:cpuset:/\n2:cpu:/a/b\n0::/", 3),
        (_version_1("a/", "300000") | _version_1("a/b/", "200000"), "2:cpu,cpuacct:/a/b", 2),
        # A host's path, which a container does not see; what lies above it; what is no number.
        ({"cpu.max": "200000 100000"}, "0::/docker/0123", 2),
        ({"cpu.max": "200000 100000"}, "0::/../../a", 2),
        ({"cpu.max": "many"}, "0::/", 8),
        ({}, "no line of groups", 8),
        ({}, "", 8),
    ],
)
def test_the_limit_is_that_of_the_control_groups(
    tmp_path: Path, files: dict[str, str], membership: str, limit: int
) -> None:
    assert _tree(tmp_path, files, membership) == limit


def _own_group(name: str) -> Path | None:
    """Return a new control group for processors, None where none may be made."""
    for root in (Path("/sys/fs/cgroup/cpu"), Path("/sys/fs/cgroup")):
        try:
            (root / name).mkdir()
        except OSError:
            continue
        if (root / name / "cpu.max").exists() or (root / name / "cpu.cfs_quota_us").exists():
            return root / name
        (root / name).rmdir()
    return None


def test_a_process_keeps_to_the_quota_of_its_group(tmp_path: Path) -> None:
    """In a group of the kernel's where this process may make one, else in a tree of files."""
    group = _own_group(f"homestead-test-{os.getpid()}")
    places = ""
    if group is None:
        assert _tree(tmp_path, {"cpu.max": "150000 100000"}, "0::/") == 1
        places = f"Path({str(tmp_path / 'cgroup')!r}), Path({str(tmp_path / 'membership')!r})"
    elif (group / "cpu.max").exists():
        (group / "cpu.max").write_text("150000 100000")
    else:
        (group / "cpu.cfs_quota_us").write_text("150000")
    join = "" if group is None else f"Path({str(group / 'cgroup.procs')!r}).write_text('0')"
    code = f"""
from pathlib import Path
{join}
import os, homestead
from homestead.threads import cpu_limit
print(cpu_limit({places}), os.environ["OMP_NUM_THREADS"] if {group is not None} else 1)
"""
    environment = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    try:
        output = subprocess.run(
            [sys.executable, "-c", code],
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        )
    finally:
        if group is not None:
            group.rmdir()
    assert output.stdout.split() == ["1", "1"]


def test_processes_share_the_limit_and_what_the_user_sets_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    variables = thread_variables(processes=1000)
    shares = dict(zip(VARIABLES, ("PASSIVE", "1", "1", "1", "1"), strict=True))
    assert shares.items() <= variables.items()
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    assert "OMP_NUM_THREADS" not in thread_variables()


def test_what_a_process_of_ours_has_set_is_shared_out_anew_by_those_that_it_starts() -> None:
    """A retraining that a command starts is as fast as a training that a person starts."""
    started = """
import os, subprocess, sys
import homestead
CHANGE
child = "import os, homestead; from homestead.threads import thread_variables as t;" \
    "print(os.environ['OMP_NUM_THREADS'], t(1000).get('OMP_NUM_THREADS'))"
subprocess.run([sys.executable, "-c", child], check=True)
"""
    environment = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    found = [
        subprocess.run(
            [sys.executable, "-c", started.replace("CHANGE", change)],
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        ).stdout.split()
        for change in ("", "os.environ['OMP_NUM_THREADS'] = '5'")
    ]
    # A child keeps what it was given, as a step keeps its share; what a person gives is for all.
    assert found == [[str(cpu_limit()), "1"], ["5", "None"]]


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="needs Linux")
def test_every_library_keeps_to_the_limit_of_the_process() -> None:
    """A process that may use one core has one thread of each, whatever the machine has."""
    code = """
import os
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
import homestead
import joblib, pyarrow
from homestead.engine.limits import connect
with connect() as connection:
    (duckdb,) = connection.execute("SELECT current_setting('threads')").fetchone()
print(duckdb, pyarrow.cpu_count(), pyarrow.io_thread_count(), joblib.cpu_count())
"""
    environment = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    output = subprocess.run(
        [sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True
    )
    assert output.stdout.split() == ["1", "1", "1", "1"]


@pytest.mark.parametrize(
    ("imports", "expected"),
    [
        # Passive, all threads of OpenMP, one of BLAS.
        ("import homestead", "PASSIVE 3 1"),
        # OpenMP was loaded before and waits actively: one thread.
        ("import sklearn, homestead", "None 1 1"),
    ],
)
def test_fits_use_threads_that_wait_passively(imports: str, expected: str) -> None:
    code = f"""
import os, numpy
{imports}
from homestead.threads import reproducible_threads
with reproducible_threads():
    from threadpoolctl import threadpool_info
    threads = [
        [i["num_threads"] for i in threadpool_info() if i["user_api"] == api]
        for api in ("openmp", "blas")
    ]
print(os.environ.get("OMP_WAIT_POLICY"), *(max(counts) for counts in threads))
"""
    environment = {name: v for name, v in os.environ.items() if name not in VARIABLES}
    environment["OMP_NUM_THREADS"] = "3"
    output = subprocess.run(
        [sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True
    )
    assert output.stdout.strip() == expected


def test_a_process_with_a_thread_is_not_forked() -> None:
    stopping = threading.Event()
    thread = threading.Thread(target=stopping.wait)
    thread.start()
    try:
        assert not is_safe_to_fork()
    finally:
        stopping.set()
        thread.join()
