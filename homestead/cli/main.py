"""The command ``homestead``: one subcommand for each thing that a person or a CronJob does."""

import click

from homestead import __version__
from homestead.cli import (
    cluster_commands,
    draft_commands,
    file_commands,
    serving_commands,
    store_commands,
    training_commands,
)
from homestead.cli.error_handling import HomesteadGroup
from homestead.cli.loop import (
    backtest_commands,
    history_commands,
    labels_commands,
    performance_commands,
    retraining_commands,
    tracker_commands,
    ui_commands,
    watch_command,
)
from homestead.cli.releases import release_commands


@click.group(cls=HomesteadGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """From a table and one problem file to a model that serves, is watched and retrains itself."""


for command in (
    draft_commands.init,
    training_commands.train,
    training_commands.submit,
    training_commands.validate,
    training_commands.materialize,
    serving_commands.serve,
    serving_commands.drift,
    performance_commands.performance,
    release_commands.release,
    watch_command.watch,
    labels_commands.labels,
    history_commands.lineage,
    history_commands.replay,
    history_commands.parity,
    history_commands.reproduce,
    ui_commands.ui,
    retraining_commands.retrain,
    cluster_commands.check,
    cluster_commands.deploy,
    cluster_commands.list_problems,
    store_commands.migrate,
    store_commands.keys,
    store_commands.prune_log,
    store_commands.copy_objects,
    file_commands.compile_files,
    file_commands.data,
    training_commands.demo,
    tracker_commands.mirror,
    backtest_commands.backtest,
):
    main.add_command(command)
