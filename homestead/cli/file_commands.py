"""Commands for generated files and versioned data files."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from homestead.cli.shared.help import command, group
from homestead.cli.shared.options import problem_option

if TYPE_CHECKING:
    from homestead.problem.schema import Problem


@command(
    "homestead compile --problem churn.yaml --output generated",
    name="compile",
)
@problem_option
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=".",
    help="Folder to write below; by default the working folder.",
)
def compile_files(problem: "Problem", output: Path) -> None:
    """Write the files that are made of the code and a problem file.

    These are the compiled pipelines, the problem file's JSON Schema and the dashboards, the same
    for every problem; and the problem's alert rules and objects on a cluster. They lie by its
    name in manifests/problems, those of house_price in manifests/base.
    """
    from homestead.pipelines.compile import compile_scoring, compile_training
    from homestead.steps.commands.generate_files import generate_files

    for compile_pipeline in (compile_training, compile_scoring):
        click.echo(output / compile_pipeline(output))
    for path in generate_files(problem, output):
        click.echo(output / path)


@command(
    "homestead schema > homestead.schema.json",
    "homestead schema --output problems/homestead.schema.json",
    name="schema",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write; by default the schema is printed.",
)
def schema(output: Path | None) -> None:
    """Print the JSON Schema of a problem file, for editors.

    A problem file names it in its first line:
    # yaml-language-server: $schema=homestead.schema.json
    """
    from homestead.files import write_text
    from homestead.problem.json_schema import problem_schema

    if output is None:
        click.echo(problem_schema(), nl=False)
        return
    write_text(output, problem_schema())
    click.echo(output)


@group("homestead data add data/flats.parquet")
def data() -> None:
    """Version data files, or put them where a cluster reads them."""


@data.command(examples=("homestead data add data/flats.parquet",), name="add")
@click.argument("file", type=click.Path(path_type=Path))
def data_add(file: Path) -> None:
    """Version FILE with DVC and push it to the remote."""
    from homestead.data.dvc import add_to_dvc

    click.echo(add_to_dvc(file))


@data.command(
    examples=("homestead data push data/flats.parquet --namespace homestead",), name="push"
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--namespace", default="homestead", show_default=True, help="That of the stores.")
def data_push(file: Path, namespace: str) -> None:
    """Put FILE into the cluster's bucket, and print its URI.

    That is what to write as a problem's source.
    """
    from homestead.steps.commands.push_data import push_data

    click.echo(push_data(file, namespace))
