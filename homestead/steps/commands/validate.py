"""Validate: check the source of a problem without training."""

from collections.abc import Callable

from homestead.data.ingest import ingest
from homestead.problem.schema import Problem


def validate_source(problem: Problem, report: Callable[[str], None]) -> None:
    """Check a source's rows and report how many are valid.

    Raises:
        UserError: the source cannot be read, lacks a column, or has too many bad rows.
    """
    rows = ingest(problem)
    report(f"{problem.name}: {len(rows.valid)} valid rows, {len(rows.quarantine)} bad")
