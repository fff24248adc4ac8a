"""Validate: everything that training would refuse, without training."""

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from homestead.data.checking.stored_rows import StoredRows
from homestead.data.ingest import open_checked
from homestead.data.labelled_rows import labelled_rows
from homestead.data.splitting.split_parts import part_names
from homestead.data.training_needs import unmet_needs
from homestead.engine.buckets import count_rows
from homestead.errors import UserError
from homestead.features.views import compute_views, is_divisible, view_key
from homestead.problem.learnt import resolve_problem, with_assumed_values
from homestead.problem.schema import Problem
from homestead.problem.split import SPLIT_COLUMN
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
    with tempfile.TemporaryDirectory(prefix="homestead-validate-") as name:
        valid = Path(name) / "valid.parquet"
        try:
            with open_checked(problem, max_listed=None) as (checked, _):
                report(f"{problem.name}: {checked.counts}")
                for line in checked.list_bad():
                    report(f"  {line}")
                checked.write_valid(valid)
        except UserError as error:
            errors += [*parameter_errors(with_assumed_values(problem)), str(error)]
        else:
            errors += _training_errors(StoredRows(valid), problem)
            errors += _view_errors(valid, problem, report)
    if errors:
        raise UserError("\n".join(dict.fromkeys(errors)))


def _training_errors(valid: StoredRows, problem: Problem) -> Iterator[str]:
    """Yield why parameters or rows would be refused, with what training learns from the rows.

    Of all rows only the target, the time and categories that are learnt are in memory.
    """
    unmet = list(unmet_needs(valid, problem))
    labelled = labelled_rows(valid, problem)
    learnt = [name for name, column in problem.columns.items() if column.is_learnt]
    told = [problem.target, *([problem.timestamp] if problem.timestamp else []), *learnt]
    try:
        parts = part_names(labelled, problem)
        rows = labelled.frame(list(dict.fromkeys(told))).assign(**{SPLIT_COLUMN: parts})
        resolved = resolve_problem(problem, rows)
        yield from parameter_errors(resolved)
        if not unmet:
            search_folds(rows, resolved)
    except UserError as error:
        yield str(error)
    yield from unmet


def _view_errors(valid: Path, problem: Problem, report: Callable[[str], None]) -> Iterator[str]:
    """Yield why views would be refused; report those that more cores or machines do not speed up.

    A view whose windows or groups are not partitioned by its entity is one bucket, computed by one
    thread of one machine whatever the number of rows.
    """
    for name, view in problem.views.items():
        start = time.monotonic()
        try:
            with tempfile.TemporaryDirectory(prefix="homestead-views-") as folder:
                alone = problem.model_copy(update={"views": {name: view}})
                compute_views(valid, Path(folder), alone)
        except UserError as error:
            yield str(error)
            continue
        if not is_divisible(view, problem):
            report(
                f"  {view_key(name, view)}: one bucket, computed by one thread, because its windows"
                f" or groups are not partitioned by its entity ({view.entity}):"
                f" {count_rows(valid):,} rows in {time.monotonic() - start:.1f} s"
            )
