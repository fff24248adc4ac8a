"""The command that drafts a problem file."""

from pathlib import Path
from typing import Literal

import click

from homestead.cli.shared.help import command


@command(
    "homestead init flats.csv --target price",
    "homestead init s3://bucket/churn.parquet --target churned --name churn",
    name="init",
)
@click.argument("table")
@click.option("--target", required=True, help="The column to predict.")
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), help="By default NAME.yaml."
)
@click.option(
    "--task", type=click.Choice(["regression", "classification"]), help="By default guessed."
)
@click.option("--name", default="", help="The problem's name; by default that of the table.")
@click.option("--force", is_flag=True, help="Overwrite the output.")
def init(
    table: str,
    target: str,
    output: Path | None,
    task: Literal["regression", "classification"] | None,
    name: str,
    force: bool,
) -> None:
    """Draft a problem file from TABLE, a path or URI.

    It trains as it is; its comments say what was guessed and why.
    """
    from homestead.drafting.draft import draft
    from homestead.drafting.text.summary import summary_lines

    drafted = draft(table, target=target, task=task, name=name)
    path = output or Path(f"{drafted.name}.yaml")
    drafted.write(path, force)
    click.echo(path)
    for line in summary_lines(drafted.guesses):
        click.echo(f"  {line}")
    click.echo(f"next: homestead validate --problem {path}")
