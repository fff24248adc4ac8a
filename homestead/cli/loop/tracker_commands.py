"""Commands for other trackers than MLflow."""

from typing import TYPE_CHECKING

import click

from homestead.cli.shared.help import command
from homestead.cli.shared.options import problem_option, read_settings

if TYPE_CHECKING:
    from homestead.problem.schema import Problem


@command("homestead mirror --problem churn.yaml")
@problem_option
def mirror(problem: "Problem") -> None:
    """Copy what Weights & Biases lacks of the training runs.

    MLflow keeps them.
    """
    from homestead.steps.trackers.mirror import mirror_problem

    mirror_problem(problem, read_settings(), click.echo)
