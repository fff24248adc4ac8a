"""Threads: the CPU limit of a container, and variables that are set in time."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from homestead.threads import cpu_limit, thread_variables

VARIABLES = (
    *("OMP_WAIT_POLICY", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"),
    *("ARROW_IO_THREADS", "LOKY_MAX_CPU_COUNT"),
)
CORES = cpu_limit(Path("/nowhere"))


@pytest.mark.parametrize(
    ("files", "limit"),
    [
        ({"cpu.max": "100000 100000\n"}, 1),
        ({"cpu.max": "50000 100000\n"}, 1),
        ({"cpu.max": "max 100000\n"}, CORES),
        ({"cpu.max": f"{CORES + 7}00000 100000\n"}, CORES),
        ({"cpu/cpu.cfs_quota_us": "100000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 1),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, CORES),
        ({}, CORES),
    ],
)
def test_the_limit_is_that_of_the_control_group(
    tmp_path: Path, files: dict[str, str], limit: int
) -> None:
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    assert cpu_limit(tmp_path) == limit


def test_processes_share_the_limit_and_what_the_user_sets_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("homestead.threads._set_by_us", set())
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    variables = thread_variables(processes=1000)
    assert variables == dict(zip(VARIABLES, ("PASSIVE", "1", "1", "1", "1"), strict=True))
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    assert "OMP_NUM_THREADS" not in thread_variables()


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
