"""A folder for copies of rows, which is deleted with what reads them."""

import shutil
import tempfile
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

Rows = TypeVar("Rows")


def with_folder(open_rows: Callable[[Path], Rows]) -> Rows:
    """Return what a function opens, whose files lie in a new folder as long as it is there.

    Args:
        open_rows: called with the folder, which is deleted at once where this fails or opens None.
    """
    folder = tempfile.mkdtemp(prefix="homestead-rows-")
    try:
        rows = open_rows(Path(folder))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    if rows is None:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        weakref.finalize(rows, shutil.rmtree, folder, ignore_errors=True)
    return rows
