"""Drafts of problem files, from a table's file or from a DataFrame."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pandas as pd

from homestead.data.recognition.formats import recognise_format
from homestead.data.sources.files import list_files
from homestead.data.tables import read_table, write_parquet
from homestead.drafting.guesses.all_guesses import Guesses, guess_all
from homestead.drafting.profile.column_names import problem_name
from homestead.drafting.profile.column_profile import profile_table
from homestead.drafting.text.problem_text import problem_text
from homestead.errors import UserError
from homestead.files import read_uri, write_text
from homestead.problem.loader import load_problem, parse_problem
from homestead.problem.model_metrics.table import Task
from homestead.problem.schema import Problem
from homestead.problem.sections.source_format import SourceFormat


@dataclass(frozen=True)
class Draft:
    """A drafted problem, not yet written.

    Attributes:
        guesses: what the file says, and why.
        source: the table's path or URI; None for a DataFrame, whose table is written beside the
            problem file.
        frame: the DataFrame, or None.
    """

    name: str
    guesses: Guesses
    source: str | None = None
    source_format: Mapping[str, Any] = field(default_factory=dict)
    frame: pd.DataFrame | None = field(default=None, repr=False)

    @property
    def text(self) -> str:
        """The problem file as it is written to the working folder."""
        return self.text_at(Path(f"{self.name}.yaml"))

    @property
    def problem(self) -> Problem:
        """The problem that the text states."""
        return parse_problem(self.text, f"draft of {self.name}")

    def text_at(self, path: Path) -> str:
        """Return the problem file as it is written to a path, from which its source is found."""
        if self.source is None:
            source = path.with_suffix(".parquet").name
        elif "://" in self.source:
            source = self.source
        else:
            source = Path(os.path.relpath(self.source, path.parent)).as_posix()
        return problem_text(
            self.guesses,
            name=self.name,
            source=source,
            source_format=self.source_format,
            file_name=str(path),
        )

    def write(self, path: str | Path, force: bool = False) -> Problem:
        """Write the problem file, and a DataFrame's table beside it as Parquet; return the problem.

        Raises:
            UserError: a file exists already, unless ``force`` is true.
        """
        path = Path(path)
        table = path.with_suffix(".parquet")
        for file in (path, table) if self.frame is not None else (path,):
            if file.exists() and not force:
                raise UserError(f"{file}: the file exists; overwrite it with --force, force=True")
        text = self.text_at(path)
        parse_problem(text, str(path))
        if self.frame is not None:
            write_parquet(self.frame, table)
        write_text(path, text)
        return load_problem(path)


def draft_file(source: str, target: str, task: Task | None = None, name: str = "") -> Draft:
    """Draft a problem from a table.

    Args:
        source: path or URI of the table.
        target: the column to predict.
        task: ``regression`` or ``classification``; guessed if it is None.
        name: of the problem; by default that of the file.

    Raises:
        UserError: the table cannot be read, or its column is no target.
    """
    source_format = recognise_source(source)
    table, _ = read_table(source, source_format)
    guesses = guess_all(profile_table(table, source_format), target, task)
    stated = source_format.model_dump(mode="json", exclude_defaults=True)
    return Draft(name or problem_name(source), guesses, source, stated)


def recognise_source(source: str) -> SourceFormat:
    """Return how the first file of a source seems to be written.

    Raises:
        UserError: there is no such file, or it cannot be read.
    """
    if urlsplit(source).scheme not in ("", "file", "s3", "gs"):
        return SourceFormat()
    first = list_files(source)[0].uri
    return recognise_format(read_uri(first), first)
