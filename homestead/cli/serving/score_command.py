"""Command that scores the rows of a table in a batch, as a server would answer them."""

from typing import TYPE_CHECKING

import click

from homestead.cli.shared.help import command
from homestead.cli.shared.options import problem_option, read_settings

if TYPE_CHECKING:
    from homestead.problem.schema import Problem


@command(
    "homestead score sales.parquet scores.parquet",
    "homestead score s3://lake/sales/ s3://lake/scores/today.parquet --log",
    "homestead score past.csv scores.csv --features point-in-time",
)
@problem_option
@click.argument("source", required=False)
@click.argument("target", required=False)
@click.option(
    "--features",
    type=click.Choice(["online", "point-in-time"]),
    help="What a row lacks: the newest of the online store (the default), or what was known at"
    " the row's time.",
)
@click.option("--log/--no-log", "is_logged", default=None, help="Add the rows to the log.")
@click.option("--keep", multiple=True, help="A column of SOURCE to write beside key and time.")
@click.option(
    "--workers", type=click.IntRange(min=1), help="Processes; by default one for each CPU."
)
@click.option(
    "--part-rows",
    type=click.IntRange(min=1),
    help="Rows that are scored and written together; 50,000 by default.",
)
def score(
    problem: "Problem",
    source: str | None,
    target: str | None,
    features: str | None,
    is_logged: bool | None,
    keep: tuple[str, ...],
    workers: int | None,
    part_rows: int | None,
) -> None:
    """Score the rows of SOURCE with the champion.

    They are written to TARGET with their answers. SOURCE is a Parquet, CSV or JSON lines file, a
    folder of such files, or its URI. A row holds the columns of the problem, or its key alone: what
    it lacks is looked up. Each gets the answer that a server gives, bit by bit, or the reason why
    it has none. TARGET is a file ending in .parquet, .csv or .jsonl, or a folder. The same command
    goes on where a killed one ended.

    Without SOURCE and TARGET they are those of the problem's key 'scoring'.
    """
    from homestead.errors import UserError
    from homestead.scoring.wishes import progress_line, score_as_wished

    if (source is None) != (target is None):
        raise UserError("found SOURCE without TARGET, allowed are both, or none of them")
    given = {
        "features": features,
        "is_logged": is_logged,
        "keep": keep or None,
        "workers": workers,
        "part_rows": part_rows,
    }
    result = score_as_wished(
        problem,
        read_settings(),
        source,
        target,
        given,
        report=lambda progress: click.echo(progress_line(progress), err=True),
    )
    click.echo(result.target)
    click.echo(
        f"{result.rows:,} rows, {result.refused:,} of them refused; {problem.name} version"
        f" {result.version} ({result.digest[:12]}), {result.seconds:.1f} s",
        err=True,
    )
