"""The command ``homestead``: one subcommand for each thing that a person or a CronJob does."""

import click

from homestead import __version__
from homestead.cli import (
    cluster_commands,
    draft_commands,
    file_commands,
    store_commands,
    training_commands,
)
from homestead.cli.looking import open_command, status_command, ui_command
from homestead.cli.loop import (
    backtest_commands,
    drift_command,
    history_commands,
    labels_commands,
    performance_commands,
    retraining_commands,
    tracker_commands,
    watch_command,
)
from homestead.cli.releases import release_commands
from homestead.cli.serving import predict_command, score_command, serve_command
from homestead.cli.shared import completion_command
from homestead.cli.shared.root_group import RootGroup

_SECTIONS: dict[str, tuple[click.Command, ...]] = {
    "From a table to a model": (
        draft_commands.init,
        file_commands.schema,
        training_commands.validate,
        training_commands.train,
        training_commands.demo,
    ),
    "Predict": (
        predict_command.predict,
        score_command.score,
        serve_command.serve,
        training_commands.materialize,
    ),
    "See what is there": (
        status_command.status,
        open_command.open_report,
        ui_command.ui,
        cluster_commands.list_problems,
    ),
    "Watch, release and retrain": (
        labels_commands.labels,
        drift_command.drift,
        performance_commands.performance,
        release_commands.release,
        retraining_commands.retrain,
        watch_command.watch,
    ),
    "Explain and check": (
        history_commands.lineage,
        history_commands.replay,
        history_commands.parity,
        history_commands.reproduce,
        backtest_commands.backtest,
    ),
    "On a cluster": (
        file_commands.compile_files,
        cluster_commands.check,
        cluster_commands.deploy,
        training_commands.submit,
        file_commands.data,
    ),
    "Keep house": (
        store_commands.migrate,
        store_commands.prune_log,
        store_commands.keys,
        store_commands.copy_objects,
        tracker_commands.mirror,
        completion_command.completion,
    ),
}
_EXIT_CODES = """\b
Exit codes: 0 done; 1 an error, which stands on stderr; 2 a wrong option or
argument; 3 and 4 as a command's help says; 130 interrupted."""


@click.group(
    cls=RootGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    examples=(
        "homestead init flats.csv --target price",
        "homestead train --problem flats.yaml",
        "homestead serve --problem flats.yaml",
    ),
    sections={
        title: tuple(str(each.name) for each in commands) for title, commands in _SECTIONS.items()
    },
    epilog=_EXIT_CODES,
)
@click.version_option(__version__)
def main() -> None:
    """From a table and one problem file to a model that serves, is watched and retrains itself."""


for commands in _SECTIONS.values():
    for command in commands:
        main.add_command(command)
