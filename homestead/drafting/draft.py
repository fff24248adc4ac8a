"""Drafts of problem files, from a table's file or from a DataFrame.

A DataFrame is profiled as its Parquet file is read.
"""

import os
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import pandas as pd

from homestead.data.recognition.formats import recognise_format
from homestead.data.sources.files import list_files
from homestead.data.sources.frames import storable_frame
from homestead.data.tables import read_table, write_parquet
from homestead.drafting.drafted_problem import DraftedProblem
from homestead.drafting.guesses.all_guesses import guess_all
from homestead.drafting.profile.column_names import problem_name
from homestead.drafting.profile.column_profile import profile_table
from homestead.files import read_uri
from homestead.problem.model_metrics.table import Task
from homestead.problem.sections.source_format import SourceFormat

_FRAME_NAME = "table"


def draft(
    table: pd.DataFrame | str | os.PathLike[str],
    *,
    target: str,
    task: Task | None = None,
    name: str = "",
) -> DraftedProblem:
    """Draft a problem file from a table; it trains as it is.

    The text's comments say what was guessed and why.

    Args:
        table: a DataFrame, or the path or URI of a table. The index of a DataFrame becomes columns
            if it has names, and is left out otherwise.
        target: the column to predict.
        task: ``regression`` or ``classification``; guessed from the target's values if it is None.
        name: of the problem, and of its file unless another is named; by default that of the
            table's file, or ``table``.

    Raises:
        UserError: the table cannot be read, has a column that Parquet cannot hold, or the column
            is no target.

    Example:
        >>> draft = homestead.draft(sales, target="price", name="sales")
        >>> print(draft)
        >>> homestead.train(draft)
    """
    if isinstance(table, str | os.PathLike):
        return _draft_file(os.fspath(table), target, task, name)
    frame = storable_frame(table)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.parquet"
        write_parquet(frame, path)
        stored, _ = read_table(str(path))
    guesses = guess_all(profile_table(stored), target, task)
    return DraftedProblem(name or _FRAME_NAME, guesses, frame=frame)


def _draft_file(source: str, target: str, task: Task | None, name: str) -> DraftedProblem:
    source_format = recognise_source(source)
    table, _ = read_table(source, source_format)
    guesses = guess_all(profile_table(table, source_format), target, task)
    stated = source_format.model_dump(mode="json", exclude_defaults=True)
    return DraftedProblem(name or problem_name(source), guesses, source, stated)


def recognise_source(source: str) -> SourceFormat:
    """Return how the first file of a source seems to be written.

    Raises:
        UserError: there is no such file, or it cannot be read.
    """
    if urlsplit(source).scheme not in ("", "file", "s3", "s3a", "gs"):
        return SourceFormat()
    first = list_files(source)[0].uri
    return recognise_format(read_uri(first), first)
