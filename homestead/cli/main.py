"""The command ``homestead``: one subcommand for each thing that a person or a CronJob does."""

import click

from homestead import __version__
from homestead.cli import cluster, files, online, training
from homestead.cli.base import HomesteadGroup


@click.group(cls=HomesteadGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """From a table and one problem file to a model that serves, is watched and retrains itself."""


for command in (
    training.train,
    training.submit,
    training.validate,
    training.materialize,
    online.serve,
    online.await_release,
    online.drift,
    cluster.check,
    cluster.deploy,
    files.compile_files,
    files.data,
    training.demo,
):
    main.add_command(command)
