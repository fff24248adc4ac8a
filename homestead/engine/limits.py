"""Limits of a process: its memory, and DuckDB's share of memory, threads and disk.

Every DuckDB connection of a step is opened here. What does not fit into its share of memory is
written to a folder with a name, which is removed afterwards; a query that still does not fit ends
with a sentence instead of the kernel's kill.
"""

import fcntl
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from homestead.errors import UserError
from homestead.setting_values import memory_bytes
from homestead.settings import Settings
from homestead.threads import cpu_limit

if TYPE_CHECKING:
    import duckdb

# The rest is for Python, its libraries, and rows that leave DuckDB as Arrow or NumPy: none of it
# counts in DuckDB's ``memory_limit``.
_DUCKDB_SHARE: Final = 0.5
# DuckDB's operators hold blocks for each thread: with less they fail where one thread would not.
_BYTES_PER_THREAD: Final = 64 * 2**20
# Part of the free disk that a connection may fill. Other processes write there too.
_DISK_SHARE: Final = 0.8
_CGROUPS: Final = Path("/sys/fs/cgroup")
_OWN_CGROUPS: Final = Path("/proc/self/cgroup")
_SPILL_PREFIX: Final = "homestead-spill-"
# A folder that was made this long ago has been locked by its process, if that still runs.
_LOCKED_AFTER_S: Final = 60.0


def memory_limit() -> int:
    """Return how many bytes of memory this process may use, those of its children included.

    ``HOMESTEAD_MEMORY`` if it is set; otherwise half of the control group's limit, or of the
    machine's memory. The other half is left to the page cache, to files in memory and to processes
    beside this one.

    Raises:
        UserError: a setting has a value that is not allowed.
    """
    given = Settings.read().memory
    return memory_bytes(given) if given else total_memory() // 2


def total_memory(cgroups: Path = _CGROUPS, own_cgroups: Path = _OWN_CGROUPS) -> int:
    """Return the memory that the container or the machine has, in bytes.

    Args:
        cgroups: where control groups are mounted, version 2 or 1.
        own_cgroups: file that names this process's groups. A container usually sees its own group
            as the root; a service of systemd lies deeper.
    """
    limits = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    for folder, name in _groups(cgroups, own_cgroups):
        # "max" is no limit, and so is a number beyond the machine's memory.
        with suppress(OSError, ValueError):
            limits.append(int((folder / name).read_text(encoding="utf-8")))
    return min(limits)


def _groups(cgroups: Path, own_cgroups: Path) -> Iterator[tuple[Path, str]]:
    """Yield each group that this process is in and its file of the limit, from the root down."""
    paths = {"": "/", "memory": "/"}
    with suppress(OSError):
        for line in own_cgroups.read_text(encoding="utf-8").splitlines():
            _, controllers, path = line.split(":", 2)
            if controllers in paths:
                paths[controllers] = path
    for controllers, name in (("", "memory.max"), ("memory", "memory.limit_in_bytes")):
        folder = cgroups / controllers
        yield folder, name
        for part in Path(paths[controllers]).parts[1:]:
            folder /= part
            yield folder, name


def duckdb_memory(connections: int = 1) -> int:
    """Return DuckDB's share of :func:`memory_limit` in bytes, for each of some connections."""
    return int(memory_limit() * _DUCKDB_SHARE) // connections


@contextmanager
def connect(
    *,
    threads: int | None = None,
    spill: Path | None = None,
    preserve_order: bool = True,
    connections: int = 1,
    purpose: str = "a query",
    options: Mapping[str, str | bool] | None = None,
) -> "Iterator[duckdb.DuckDBPyConnection]":
    """Open a DuckDB database in memory that keeps to this process's limits, and close it.

    It reads no variables of Python, computes in UTC and shows no progress bar.

    Args:
        threads: its threads; as many as the CPU limit and the memory allow if None. One thread over
            sorted rows makes sums of doubles the same in each run.
        spill: existing folder on whose disk it writes what does not fit in memory, below a folder
            of its own that is removed afterwards; the temporary directory (``TMPDIR``) if None.
        preserve_order: whether results keep the order of their source. False needs less memory
            where the order is not used, or made by ORDER BY.
        connections: how many connections share the memory at the same time, in this process or in
            others of the same step.
        purpose: what is computed, which begins the sentence if it does not fit.
        options: further options of DuckDB's configuration.

    Raises:
        UserError: memory and spill together do not suffice, or the disk is full.
    """
    import duckdb

    memory = duckdb_memory(connections)
    if arrow := sys.modules.get("pyarrow"):
        # What it has freed, a fifth of a small process, it would keep for its own next rows.
        arrow.default_memory_pool().release_unused()
    with _spill_folder(spill) as folder:
        disk = int(shutil.disk_usage(folder).free * _DISK_SHARE) // connections
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": f"{memory}B",
            "temp_directory": str(folder),
            "threads": threads or max(1, min(cpu_limit(), memory // _BYTES_PER_THREAD)),
            "preserve_insertion_order": preserve_order,
            "python_enable_replacements": False,
            **(options or {}),
        }
        try:
            with duckdb.connect(config=config) as connection:
                # In the configuration DuckDB 2.0 shows this one, but does not keep to it.
                connection.execute(f"SET max_temp_directory_size = '{disk}B'")
                connection.execute("SET TimeZone = 'UTC'")
                # In a notebook without ipywidgets there is no bar, and none can be set.
                with suppress(duckdb.InvalidInputException):
                    connection.execute("SET enable_progress_bar = false")
                yield connection
        except (duckdb.OutOfMemoryException, duckdb.IOException) as error:
            sentence = _exhausted(str(error), memory, disk, folder.parent)
            if sentence is None:
                raise
            raise UserError(f"{purpose}: {sentence}") from None


def _exhausted(message: str, memory: int, disk: int, folder: Path) -> str | None:
    """Return what ran out and what to do, or None if an error has another cause."""
    if "max_temp_directory_size" in message or "No space left on device" in message:
        return (
            f"does not fit into the {size_text(memory)} of memory that DuckDB has here, and"
            f" {folder}, where it writes the rest, is full: {size_text(disk)} were free for it."
            " Set TMPDIR to a folder with more space, or raise HOMESTEAD_MEMORY (now"
            f" {size_text(memory_limit())})"
        )
    if "Out of Memory" in message:
        return (
            f"needs more than the {size_text(memory)} of memory that DuckDB has here, also with"
            f" what it can write to {folder}. Raise HOMESTEAD_MEMORY (now"
            f" {size_text(memory_limit())}) or the container's limit"
        )
    return None


def size_text(size: float) -> str:
    """Return a number of bytes as people write it, with three digits: ``1.5 GB``."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 999.5:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.3g} TB"


@contextmanager
def _spill_folder(parent: Path | None) -> Iterator[Path]:
    """Make a folder that no other process uses, and remove it; remove those of killed processes."""
    root = Path(parent or tempfile.gettempdir())
    _remove_abandoned(root)
    folder = Path(tempfile.mkdtemp(prefix=_SPILL_PREFIX, dir=root))
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # a file system without locks: the folder is removed all the same
            fcntl.flock(handle, fcntl.LOCK_SH)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)


def _remove_abandoned(root: Path) -> None:
    """Remove folders whose processes were killed: the kernel has released their locks."""
    for folder in root.glob(f"{_SPILL_PREFIX}*"):
        with suppress(OSError):
            if time.time() - folder.stat().st_mtime < _LOCKED_AFTER_S:
                continue
            handle = os.open(folder, os.O_RDONLY)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(handle)
