"""Commands for what a deployment keeps: tables and rights, keys, retention, copies of a bucket."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from homestead.cli.shared.help import command, group
from homestead.cli.shared.options import problem_option, read_settings
from homestead.errors import UserError

if TYPE_CHECKING:
    from homestead.problem.schema import Problem


@command("HOMESTEAD_DATABASE_URL=postgresql://owner@db/homestead homestead migrate")
@click.option(
    "--mlflow",
    is_flag=True,
    help="Migrate MLflow's database (MLFLOW_BACKEND_STORE_URI) in place of ours.",
)
def migrate(mlflow: bool) -> None:
    """Create or update tables; give the accounts their rights.

    It needs the account that owns the database. Certificates of models that an earlier version of
    Homestead registered are signed, too, if this process reaches the registry.
    """
    from homestead.steps.commands.certify import certify_all
    from homestead.steps.commands.migrate import migrate_database, migrate_mlflow

    if mlflow:
        migrate_mlflow(click.echo)
    else:
        settings = read_settings()
        migrate_database(settings, click.echo)
        certify_all(settings, click.echo)


@command("HOMESTEAD_LOG_DAYS=90 homestead prune-log", name="prune-log")
@problem_option
def prune_log(problem: "Problem") -> None:
    """Delete rows of the prediction log beyond HOMESTEAD_LOG_DAYS."""
    from homestead.steps.commands.prune_log import prune_log

    prune_log(problem.name, read_settings(), click.echo)


@command("homestead copy-objects s3://bucket/mlflow backup/mlflow", name="copy-objects")
@click.argument("source")
@click.argument("target")
def copy_objects(source: str, target: str) -> None:
    """Copy what TARGET lacks of SOURCE, folders or buckets.

    Each is a folder, or s3://bucket/prefix.
    """
    from homestead.steps.commands.copy_objects import copy_objects

    copy_objects(source, target, click.echo)


@group("homestead keys list")
def keys() -> None:
    """Keys that sign and verify the certificates of models."""


@keys.command(examples=("homestead keys list",), name="list")
def keys_list() -> None:
    """Show the ids of the trusted keys, and which of them signs here."""
    from homestead.steps.commands.keys import list_keys

    for line in list_keys(read_settings()):
        click.echo(line)


@keys.command(examples=("homestead keys create | kubectl apply -f -",), name="create")
@click.option("--namespace", default="homestead", show_default=True, help="That of the Secrets.")
@click.option(
    "--trust",
    type=click.Path(path_type=Path),
    help="File or folder of public keys that stay trusted beside the new one.",
)
def keys_create(namespace: str, trust: Path | None) -> None:
    """Write Secrets with a new pair of keys, for kubectl apply.

    No file gets the private key.
    """
    from homestead.steps.commands.keys import new_secrets

    if sys.stdout.isatty():
        raise UserError(
            "this would show the private key: pipe it, homestead keys create | kubectl apply -f -"
        )
    click.echo(new_secrets(namespace, trust), nl=False)
