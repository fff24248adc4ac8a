"""Validate: everything that training would refuse, without training."""

import time
from collections.abc import Callable, Iterator

import pandas as pd

from homestead.data.ingest import ingest
from homestead.data.labelled_rows import labelled_rows
from homestead.data.training_needs import unmet_needs
from homestead.errors import UserError
from homestead.features.views import is_divisible, view_key, view_tables
from homestead.problem.learnt import resolve_problem, with_assumed_values
from homestead.problem.schema import Problem
from homestead.problem.split import with_split
from homestead.training.folds import search_folds
from homestead.training.parameter_checks import parameter_errors


def validate_source(problem: Problem, report: Callable[[str], None]) -> None:
    """Check a source's rows and what is trained on them; report how many rows are valid.

    Bad rows that the problem tolerates are listed by column and reason.

    Raises:
        UserError: everything that training would refuse, a line each: parameters, a source that
            cannot be read, too many bad rows, empty splits, classes without rows, origins without
            rows, a metric without a value on validation, views' queries.
    """
    errors: list[str] = []
    try:
        rows = ingest(problem, max_listed=None)
    except UserError as error:
        errors += [*parameter_errors(with_assumed_values(problem)), str(error)]
    else:
        report(f"{problem.name}: {rows}")
        for line in rows.list_bad():
            report(f"  {line}")
        errors += _training_errors(rows.valid, problem)
        errors += _view_errors(rows.valid, problem, report)
    if errors:
        raise UserError("\n".join(dict.fromkeys(errors)))


def _training_errors(valid: pd.DataFrame, problem: Problem) -> Iterator[str]:
    """Yield why parameters or rows would be refused, with what training learns from the rows."""
    unmet = list(unmet_needs(valid, problem))
    rows = labelled_rows(valid, problem)
    try:
        rows = with_split(rows, problem)
        resolved = resolve_problem(problem, rows)
        yield from parameter_errors(resolved)
        if not unmet:
            search_folds(rows, resolved)
    except UserError as error:
        yield str(error)
    yield from unmet


def _view_errors(
    valid: pd.DataFrame, problem: Problem, report: Callable[[str], None]
) -> Iterator[str]:
    """Yield why views would be refused; report those that more cores or machines do not speed up.

    A view whose windows or groups are not partitioned by its entity is one bucket, computed by one
    thread of one machine whatever the number of rows.
    """
    for name, view in problem.views.items():
        start = time.monotonic()
        try:
            view_tables(valid, problem.model_copy(update={"views": {name: view}}))
        except UserError as error:
            yield str(error)
            continue
        if not is_divisible(view, problem):
            report(
                f"  {view_key(name, view)}: one bucket, computed by one thread, because its windows"
                f" or groups are not partitioned by its entity ({view.entity}):"
                f" {len(valid):,} rows in {time.monotonic() - start:.1f} s"
            )
