"""Command that predicts the rows of a file."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from homestead.cli.shared.help import command
from homestead.cli.shared.options import problem_option, problem_words

if TYPE_CHECKING:
    import pandas as pd

    from homestead.errors import RefusedRowsError
    from homestead.problem.schema import Problem

_SHOWN_ROWS = 20
_SHOWN_COLUMNS = 4


@command(
    "homestead predict houses.csv",
    "homestead predict customers.parquet --problem churn.yaml --output answers.csv",
)
@click.argument("file")
@problem_option
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write rows and answers to this .csv, .parquet or .jsonl file.",
)
def predict(file: str, problem: "Problem", output: Path | None) -> None:
    """Predict the rows of a FILE with the champion.

    FILE is a CSV, Parquet or JSON file, or its URI. A row holds the columns of the problem, or its
    key alone: what it lacks is looked up in the online store. The answers have the same bits as
    those of a server, and nothing is logged. A terminal shows the first rows, a pipe gets all of
    them as CSV.
    """
    from homestead.api.champion import load_champion
    from homestead.api.table_file import read_rows, with_answers, write_rows
    from homestead.errors import RefusedRowsError, UserError

    champion = load_champion(problem)
    rows = read_rows(file, champion, problem.format)
    try:
        answers = with_answers(rows, champion)
    except RefusedRowsError as error:
        raise UserError(f"{file}: {_at_its_place(error, rows)}") from None
    unit = problem.columns[problem.target].unit
    done = f"{len(answers):,} rows, {problem.name} version {champion.version}" + (
        f", {problem.target} in {unit}" if unit else f", {problem.target}"
    )
    if output is not None:
        write_rows(answers, output)
        click.echo(output)
    elif sys.stdout.isatty():
        _show(answers, problem)
        if len(answers) > _SHOWN_ROWS:
            done += f"; all of them: homestead predict {file}{problem_words()} --output answers.csv"
    else:
        click.echo(answers.to_csv(index=False), nl=False)
    click.echo(done, err=True)


def _at_its_place(error: "RefusedRowsError", rows: "pd.DataFrame") -> str:
    """Return what is wrong, with the row's place in the file for its position in the table."""
    if error.row is None:
        return str(error)
    reason = str(error).removeprefix(f"row {error.row}: ")
    return f"{rows.index.name or 'row'} {rows.index[error.row]}: {reason}"


def _show(answers: "pd.DataFrame", problem: "Problem") -> None:
    """Print the first rows: what identifies them, and the answers."""
    inputs = [name for name in answers.columns if name in problem.columns]
    named = [name for name in problem.identity_columns if name in inputs] or inputs
    others = [name for name in answers.columns if name not in inputs]
    shown = answers.head(_SHOWN_ROWS)[[*named[:_SHOWN_COLUMNS], *others]]
    click.echo(
        shown.to_string(
            index=False,
            float_format=lambda value: f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}",
        )
    )
