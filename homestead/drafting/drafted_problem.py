"""A drafted problem: its text, the problem that the text states, and the file to be written."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from homestead.data.tables import write_parquet
from homestead.drafting.guesses.all_guesses import Guesses
from homestead.drafting.text.problem_text import problem_text
from homestead.drafting.text.summary import summary_lines
from homestead.errors import UserError
from homestead.files import write_text
from homestead.problem.json_schema import SCHEMA_FILE, SCHEMA_LINE, problem_schema
from homestead.problem.loader import load_problem, parse_problem
from homestead.problem.schema import Problem


@dataclass(frozen=True, repr=False)
class DraftedProblem:
    """A drafted problem, not yet written.

    ``print(draft)`` shows the problem file, and so does a notebook. Correct it after
    :meth:`write`, or train it as it is: ``homestead.train(draft)``.

    Attributes:
        name: the problem's name.
        guesses: what the file says, and why.
        source: the table's path or URI; None for a DataFrame, whose table is written beside the
            problem file.
        frame: the DataFrame, or None.
    """

    name: str
    guesses: Guesses
    source: str | None = None
    source_format: Mapping[str, Any] = field(default_factory=dict)
    frame: pd.DataFrame | None = None

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        task, target = self.guesses.of_target.task, self.guesses.target.name
        return f"<DraftedProblem {self.name}: {task} of {target}; print it to read it>"

    def _repr_html_(self) -> str:
        """Return what a notebook shows: the guesses, and the problem file."""
        from homestead.reports.notebook.draft import draft_html

        return draft_html(self.name, list(summary_lines(self.guesses)), self.text)

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

        Its JSON Schema is written beside it too, for editors, which the file's first line tells.

        Args:
            path: of the file to write, ``.yaml``.
            force: overwrite what is there.

        Raises:
            UserError: a file exists already, unless ``force`` is true.

        Example:
            >>> problem = homestead.draft(sales, target="price").write("sales.yaml")
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
        write_text(path.parent / SCHEMA_FILE, problem_schema())
        write_text(path, f"{SCHEMA_LINE.format(SCHEMA_FILE)}\n{text}")
        return load_problem(path)
