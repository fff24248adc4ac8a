"""A Parquet file that is written while the next rows are computed."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from homestead.files import atomic_path


class BackgroundWriter:
    """Writes tables in their order by a thread, one of which waits at most."""

    def __init__(self, writer: pq.ParquetWriter, pool: ThreadPoolExecutor) -> None:
        """Take an open file and the one thread that writes it."""
        self._writer, self._pool = writer, pool
        self._waiting: Future[None] | None = None

    def write(self, table: pa.Table, group_rows: int | None = None) -> None:
        """Write a table once the one before is written.

        Args:
            group_rows: largest number of rows of a row group.

        Raises:
            OSError: the one before could not be written.
        """
        self.wait()
        self._waiting = self._pool.submit(self._writer.write_table, table, group_rows)

    def wait(self) -> None:
        """Wait until all is written.

        Raises:
            OSError: it could not be.
        """
        if self._waiting is not None:
            self._waiting.result()


@contextmanager
def write_in_background(path: Path, schema: pa.Schema) -> Iterator[BackgroundWriter]:
    """Write a Parquet file atomically; bytes are those of a writer in this thread.

    Arrow encodes and compresses outside of Python's lock, so that a second core does it.

    Raises:
        OSError: the file cannot be written.
    """
    with (
        atomic_path(path) as temporary,
        pq.ParquetWriter(temporary, schema) as file,
        ThreadPoolExecutor(1, thread_name_prefix="writer") as pool,
    ):
        writer = BackgroundWriter(file, pool)
        yield writer
        writer.wait()
