"""Commands for releases: start one, watch it, decide about it, and see what happened."""

import getpass
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from homestead.cli.shared.help import group
from homestead.cli.shared.options import problem_option, read_settings

if TYPE_CHECKING:
    from homestead.problem.schema import Problem
    from homestead.release.record import WishKind
    from homestead.steps.releases.controller import Controller

who_option = click.option(
    "--who",
    default=getpass.getuser,
    envvar="HOMESTEAD_WHO",
    help="Who decides, for the history; by default the user of this session.",
)


@group(
    "homestead release status", "homestead release start --version 3", "homestead release rollback"
)
def release() -> None:
    """Release a version in steps, and see what is released."""


@contextmanager
def _controller(problem: "Problem") -> Iterator["Controller"]:
    from homestead.steps.releases.controller import Controller
    from homestead.steps.releases.records import open_records

    settings = read_settings()
    with open_records(settings) as records:
        yield Controller(problem, settings, records, report=click.echo)


@release.command(
    examples=(
        "homestead release start",
        "homestead release start --version 3 --who ann",
    )
)
@problem_option
@click.option("--version", default="", help="A registered version; by default the challenger.")
@who_option
def start(problem: "Problem", version: str, who: str) -> None:
    """Start the release of a version, as the problem file says."""
    from homestead.errors import UserError
    from homestead.steps.releases.start import start_release
    from homestead.tracking import registry

    with _controller(problem) as controller:
        mlflow, name = controller.mlflow, problem.name
        if version:
            wanted = registry.version_of_number(mlflow, name, version)
        else:
            challenger = registry.challenger(mlflow, name)
            if challenger is None:
                raise UserError(f"{name}: no challenger is registered; name one with --version")
            wanted = challenger
        start_release(controller, wanted, who=who)


@release.command(examples=("homestead release status --problem churn.yaml",))
@problem_option
def status(problem: "Problem") -> None:
    """Show the release, its figures, and what disagrees with it."""
    from homestead.steps.releases.status import read_status

    with _controller(problem) as controller:
        for line in read_status(controller).lines():
            click.echo(line)


@release.command(examples=("homestead release advance --problem churn.yaml",))
@problem_option
def advance(problem: "Problem") -> None:
    """Take one step of the controller: heal, judge, decide, leave."""
    from homestead.database.job_runs import record_job_run
    from homestead.steps.releases.advance import advance

    settings = read_settings()
    with record_job_run(settings, problem.name, "release"):
        click.echo(advance(problem, settings, click.echo).line())


@release.command(examples=("homestead release history --since 2026-11-01",))
@problem_option
@click.option("--since", type=click.DateTime(), help="From when on (UTC).")
@click.option("--until", type=click.DateTime(), help="Until when (UTC).")
def history(problem: "Problem", since: object, until: object) -> None:
    """Show which version answered when, and why."""
    from datetime import UTC, datetime

    from homestead.steps.releases.history import history_lines, read_events

    def seconds(moment: object) -> float | None:
        return moment.replace(tzinfo=UTC).timestamp() if isinstance(moment, datetime) else None

    with _controller(problem) as controller:
        engine = controller.records.engine
        for line in history_lines(
            read_events(engine, problem.name, seconds(since), seconds(until))
        ):
            click.echo(line)


def _wish_command(kind: "WishKind", help_text: str) -> Callable[..., None]:
    @release.command(
        name=kind, help=help_text, examples=(f"homestead release {kind} --problem churn.yaml",)
    )
    @problem_option
    @who_option
    def command(problem: "Problem", who: str) -> None:
        from homestead.steps.releases.ask import ask
        from homestead.steps.releases.controller import describe_state

        with _controller(problem) as controller:
            record = ask(controller, kind, who)
            if record is None:
                click.echo("no release is under way; nothing changed")
                click.echo("a version that was champion returns at once: release start --version")
            else:
                click.echo(f"release {record.id}: {describe_state(record)}")

    return command


approve = _wish_command("approve", "Let a release take its last step; who and when is recorded.")
promote = _wish_command("promote", "Make the challenger champion now.")
rollback = _wish_command("rollback", "Give the release up: all requests go back at once.")
pause = _wish_command("pause", "Keep the present share; only harm still ends the release.")
resume = _wish_command("resume", "Let a paused release go on.")
