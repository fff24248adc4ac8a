"""Limits of memory and disk: a query ends with its result or a sentence, and leaves no file."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from homestead.engine.limits import connect, duckdb_memory, memory_limit, size_text, total_memory
from homestead.errors import UserError
from homestead.threads import cpu_limit

MACHINE = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
MB = 10**6
ROWS = 2_000_000
# 128 MB of text: more than DuckDB has in each test.
TEXTS = f"SELECT md5(range::VARCHAR) || md5((-range)::VARCHAR) AS text FROM range({ROWS})"  # noqa: S608
TABLE = f"CREATE TABLE texts AS {TEXTS}"
SORT = f"SELECT count(*) FROM (SELECT row_number() OVER (ORDER BY text) FROM ({TEXTS}))"  # noqa: S608
# One list of all rows is one value, which cannot be written elsewhere.
ONE_VALUE = f"SELECT len(list(text)) FROM ({TEXTS})"  # noqa: S608


@pytest.fixture
def little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOMESTEAD_MEMORY", "128 MB")


@pytest.mark.parametrize(
    ("files", "own_groups", "limit"),
    [
        ({"memory.max": "1073741824\n"}, "0::/\n", 2**30),
        ({"memory.max": "max\n"}, "0::/\n", MACHINE),
        ({"memory.max": f"{MACHINE * 2}\n"}, "0::/\n", MACHINE),
        # A service of systemd: the lowest limit on the way down counts.
        ({"a.slice/b.service/memory.max": "3000000\n"}, "0::/a.slice/b.service\n", 3000000),
        ({"a/memory.max": "2\n", "a/b/memory.max": "3\n"}, "0::/a/b\n", 2),
        ({"memory/memory.limit_in_bytes": "5000000\n"}, "4:memory:/docker/x\n0::/\n", 5000000),
        ({"memory/x/memory.limit_in_bytes": "6\n"}, "9:cpu:/x\n4:memory:/x\n0::/\n", 6),
        ({"memory/memory.limit_in_bytes": "9223372036854771712\n"}, "4:memory:/\n", MACHINE),
        ({}, "", MACHINE),
    ],
)
def test_the_memory_is_that_of_the_control_group(
    tmp_path: Path, files: dict[str, str], own_groups: str, limit: int
) -> None:
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "own").write_text(own_groups)
    assert total_memory(tmp_path, tmp_path / "own") == limit


def test_the_setting_wins_and_duckdb_gets_a_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOMESTEAD_MEMORY", raising=False)
    assert memory_limit() == total_memory() // 2
    monkeypatch.setenv("HOMESTEAD_MEMORY", "3 GB")
    assert (memory_limit(), duckdb_memory(), duckdb_memory(4)) == (3000 * MB, 1500 * MB, 375 * MB)


def test_a_connection_keeps_to_its_limits(tmp_path: Path, little_memory: None) -> None:
    query = "SELECT current_setting(?)"
    with connect(spill=tmp_path, connections=2, preserve_order=False) as connection:
        [folder] = tmp_path.iterdir()

        def setting(name: str) -> str:
            return str(connection.execute(query, [name]).fetchall()[0][0])

        assert setting("temp_directory") == str(folder)
        assert setting("memory_limit") == "30.5 MiB"
        assert (setting("threads"), setting("preserve_insertion_order")) == ("1", "False")
        assert setting("TimeZone") == "UTC"
        most = float(setting("max_temp_directory_size").partition(" ")[0])
        assert 0 < most * 2**30 < shutil.disk_usage(tmp_path).free
    assert not list(tmp_path.iterdir())


def test_threads_are_those_of_the_cpu_limit_or_as_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOMESTEAD_MEMORY", "100 GB")
    for threads, expected in ((None, cpu_limit()), (3, 3)):
        with connect(threads=threads) as connection:
            [(found,)] = connection.sql("SELECT current_setting('threads')").fetchall()
            assert found == expected


def test_what_does_not_fit_is_written_to_the_named_folder(
    tmp_path: Path, little_memory: None
) -> None:
    sizes = []
    with connect(spill=tmp_path, threads=2) as connection:
        connection.execute(TABLE)
        [folder] = tmp_path.iterdir()
        sizes = [path.stat().st_size for path in folder.iterdir()]
        assert connection.sql("SELECT count(*), min(text) FROM texts").fetchall()[0][0] == ROWS
    assert sum(sizes) > 20 * MB
    assert not list(tmp_path.iterdir())


def test_a_query_that_does_not_fit_ends_with_a_sentence(
    tmp_path: Path, little_memory: None
) -> None:
    with (
        pytest.raises(UserError) as error,
        connect(spill=tmp_path, threads=2, purpose="views.means.query") as connection,
    ):
        connection.execute(ONE_VALUE).fetchall()
    assert str(error.value) == (
        "views.means.query: needs more than the 64 MB of memory that DuckDB has here, also with"
        f" what it can write to {tmp_path}. Raise HOMESTEAD_MEMORY (now 128 MB) or the container's"
        " limit"
    )
    assert not list(tmp_path.iterdir())


def test_a_full_disk_ends_with_a_sentence(
    tmp_path: Path, little_memory: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=25 * MB)
    monkeypatch.setattr("shutil.disk_usage", lambda folder: usage)
    with (
        pytest.raises(UserError, match=r"is full: 20 MB were free for it\. Set") as error,
        connect(spill=tmp_path, threads=2, purpose="training set") as connection,
    ):
        connection.execute(TABLE)
    assert str(error.value).startswith("training set: does not fit into the 64 MB of memory")
    assert not list(tmp_path.iterdir())


def test_other_errors_stay_what_they_are(tmp_path: Path) -> None:
    import duckdb

    with pytest.raises(duckdb.IOException, match="No files found"), connect() as connection:
        connection.execute("SELECT * FROM read_parquet(?)", [str(tmp_path / "none.parquet")])
    with pytest.raises(duckdb.ParserException), connect() as connection:
        connection.execute("SELEC")


def test_the_folder_of_a_killed_process_is_removed_by_the_next(tmp_path: Path) -> None:
    code = f"""
import os, time
from pathlib import Path
from homestead.engine.limits import connect
with connect(spill=Path({str(tmp_path)!r})):
    print("open", flush=True)
    time.sleep(60)
"""
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    with process, process.stdout:
        assert process.stdout.readline() == "open\n"
        [folder] = tmp_path.iterdir()
        an_hour_ago = time.time() - 3600
        os.utime(folder, (an_hour_ago, an_hour_ago))
        with connect(spill=tmp_path):
            assert folder.exists()  # its process still runs
        process.send_signal(signal.SIGKILL)
    os.utime(folder, (an_hour_ago, an_hour_ago))
    with connect(spill=tmp_path):
        assert not folder.exists()


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1 kB"), (1.5e9, "1.5 GB"), (12.34e12, "12.3 TB")],
)
def test_sizes_are_written_with_their_unit(size: float, text: str) -> None:
    assert size_text(size) == text


class Group(NamedTuple):
    folder: Path
    limit_file: str


@pytest.fixture
def small_container() -> Iterator[Group]:
    """Return a control group of 400 MB, as a container's is."""
    for root, name in (("memory", "memory.limit_in_bytes"), ("", "memory.max")):
        try:
            folder = Path(tempfile.mkdtemp(prefix="homestead-test-", dir=f"/sys/fs/cgroup/{root}"))
        except OSError:
            continue
        try:
            (folder / name).write_text(str(400 * MB))
            yield Group(folder, name)
        except OSError:
            continue
        else:
            return
        finally:
            folder.rmdir()
    pytest.skip("needs the right to make a control group with a limit of memory: run as root")


def test_in_a_small_container_the_kernel_kills_nothing(
    small_container: Group, tmp_path: Path
) -> None:
    code = f"""
import os
from pathlib import Path
Path({str(small_container.folder / "cgroup.procs")!r}).write_text(str(os.getpid()))
import numpy, pandas, pyarrow
from homestead.engine import limits
print(limits.memory_limit())
with limits.connect(spill=Path({str(tmp_path)!r})) as connection:
    print(connection.execute({SORT!r}).fetchall())
try:
    with limits.connect(spill=Path({str(tmp_path)!r})) as connection:
        connection.execute({ONE_VALUE!r}).fetchall()
except limits.UserError as error:
    print(error)
"""
    environment = {k: v for k, v in os.environ.items() if k != "HOMESTEAD_MEMORY"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    limit, result, sentence = done.stdout.splitlines()
    assert int(limit) == 400 * MB // 4096 * 4096 // 2
    assert result == f"[({ROWS},)]"
    assert sentence.startswith("a query: needs more than the 100 MB of memory that DuckDB has")
    assert not list(tmp_path.iterdir())
