"""The views' tables of a problem's source as it is now, in memory that does not grow with it."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from homestead.data.ingest import open_checked
from homestead.features.views import compute_views
from homestead.problem.schema import Problem


def compute_source_views(
    problem: Problem, folder: Path, report: Callable[[str], None] = lambda line: None
) -> str:
    """Check the rows of the problem's source, and write the table of each view to a folder.

    Args:
        report: takes lines of progress.

    Returns:
        The SHA-256 of the source in hex.

    Raises:
        UserError: the source cannot be read or breaks the problem's rules, a view's query fails, or
            memory and disk do not suffice.
    """
    with tempfile.TemporaryDirectory(prefix="homestead-valid-") as name:
        valid = Path(name) / "valid.parquet"
        with open_checked(problem, report=report) as (checked, data_hash):
            checked.write_valid(valid)
        compute_views(valid, folder, problem, report)
    return data_hash
