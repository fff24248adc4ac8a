"""Commands for retraining: what asks for a run, and why one was or was not started."""

import getpass
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from homestead.cli.shared.help import group
from homestead.cli.shared.options import PORT, problem_option, read_settings
from homestead.errors import UserError
from homestead.names import ALERTS_PORT

if TYPE_CHECKING:
    from homestead.problem.schema import Problem


@group(
    "homestead retrain status",
    'homestead retrain cause "new price list"',
    "homestead retrain check",
)
def retrain() -> None:
    """Train again when something asks for it: once for each cause."""


def kubeflow_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say where runs are carried out."""
    for option in (
        click.option("--namespace", default="", help="Your profile's namespace there."),
        click.option("--account", default="", help="Service account of the steps there."),
        click.option("--image", default="", help="Image of the steps there, best by digest."),
        click.option(
            "--host",
            default="",
            envvar="KFP_HOST",
            show_envvar=True,
            help="URL of a Kubeflow Pipelines API that trains; by default this machine does.",
        ),
    ):
        command = option(command)
    return command


@retrain.command(examples=("homestead retrain status --problem churn.yaml",))
@problem_option
def status(problem: "Problem") -> None:
    """Show open causes, the newest runs, and why they were started."""
    from homestead.pipelines.retraining.check import open_records
    from homestead.retraining.status import read_retraining

    with open_records(read_settings(), problem.name) as records:
        for line in read_retraining(records.engine, problem.name).lines(time.time()):
            click.echo(line)


@retrain.command(examples=("homestead retrain check --problem churn.yaml",))
@problem_option
@kubeflow_options
def check(problem: "Problem", host: str, image: str, account: str, namespace: str) -> None:
    """Look whether something asks for training, and start a run if so.

    A run on this machine is waited for. Exit code 1: it failed, or nothing can be decided now.
    """
    from homestead.database.job_runs import record_job_run
    from homestead.pipelines.retraining.check import open_controller, require_success
    from homestead.pipelines.retraining.kubeflow_runs import KubeflowRuns
    from homestead.pipelines.retraining.local_runs import LocalRuns
    from homestead.pipelines.submit import Backend

    settings = read_settings()
    local = LocalRuns(problem, settings)
    api = Backend(host, image=image, service_account=account, namespace=namespace)
    backend = KubeflowRuns(problem, settings, api) if host else local
    with open_controller(problem, settings, backend, click.echo) as controller:
        with record_job_run(settings, problem.name, "retraining"):
            outcome = controller.check()
        click.echo(f"{outcome.decision.action}: {outcome.decision.reason}")
        if outcome.run is not None and not host:
            local.wait()
            require_success(controller.records, outcome.run.id)


@retrain.command(hidden=True)
@click.argument("run_id")
@problem_option
def run(run_id: str, problem: "Problem") -> None:
    """Carry out a run that a check has started; the check itself calls this."""
    from homestead.pipelines.step_processes.kfp_import import import_kfp
    from homestead.pipelines.step_processes.warm_process import warm_process

    # As in `homestead train`: it imports while this process does.
    with warm_process():
        import_kfp()
        from homestead.pipelines.retraining.check import carry_out_run

        end = carry_out_run(problem, read_settings(), run_id)
    click.echo(f"decision: {end.decision} ({end.reason})")


@retrain.command(examples=('homestead retrain cause "new price list"',))
@click.argument("reason")
@click.option(
    "--key",
    default="",
    help="Name of the request: the same name again is the same cause. By default a new one.",
)
@click.option("--who", default=getpass.getuser, envvar="HOMESTEAD_WHO", help="Who asks.")
@problem_option
def cause(reason: str, key: str, who: str, problem: "Problem") -> None:
    """Ask for a training run, with the REASON; the next check starts it."""
    from homestead.pipelines.retraining.check import open_records
    from homestead.retraining.cause import Cause

    if not reason.strip():
        raise UserError("REASON: found none, allowed is a text that says why to train again")
    now = time.time()
    name = key or f"{who}/{datetime.fromtimestamp(now, UTC).isoformat()}"
    with open_records(read_settings(), problem.name) as records:
        asked = Cause.of(problem.name, "request", name, f"{who} asks: {reason}", now)
        records.add_causes([asked])
        for known in records.causes([asked.id]):
            click.echo(f"cause {known.id}: {known.state}")


@retrain.command(examples=("HOMESTEAD_ALERTS_TOKEN=secret homestead retrain serve --port 9003",))
@problem_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=PORT, default=ALERTS_PORT, show_default=True, help="Port to listen on."
)
def serve(problem: "Problem", host: str, port: int) -> None:
    """Take alerts from Alertmanager as causes.

    Those that the problem file names count. Needs HOMESTEAD_ALERTS_TOKEN, which Alertmanager
    sends as bearer token.
    """
    from homestead.serving.intake.alerts import serve_alerts

    serve_alerts(problem, read_settings(), host, port)
