"""Commands for generated files and versioned data files."""

from pathlib import Path

import click

from homestead.cli.error_handling import problem_option
from homestead.problem.schema import Problem


@click.command(name="compile")
@problem_option
def compile_files(problem: Problem) -> None:
    """Write the generated files below the working folder.

    These are the compiled pipeline, the problem file's JSON Schema, and the problem's alert rules,
    dashboards and objects on a cluster.
    """
    from homestead.pipelines.compile import compile_training
    from homestead.steps.commands.generate_files import generate_files

    click.echo(compile_training(Path()))
    for path in generate_files(problem, Path()):
        click.echo(path)


@click.group()
def data() -> None:
    """Version data files, or put them where a cluster reads them."""


@data.command(name="add")
@click.argument("file", type=click.Path(path_type=Path))
def data_add(file: Path) -> None:
    """Version FILE with DVC and push it to the remote."""
    from homestead.data.dvc import add_to_dvc

    click.echo(add_to_dvc(file))


@data.command(name="push")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--namespace", default="homestead", show_default=True, help="That of the stores.")
def data_push(file: Path, namespace: str) -> None:
    """Put FILE into the cluster's bucket; print the URI to write as a problem's source."""
    from homestead.steps.commands.push_data import push_data

    click.echo(push_data(file, namespace))
