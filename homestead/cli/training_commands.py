"""Commands for training, the data it needs, and the demo of the whole loop."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from homestead.cli.shared.help import command
from homestead.cli.shared.options import problem_option, problem_words, read_settings

if TYPE_CHECKING:
    from homestead.pipelines.run_result import TrainingResult
    from homestead.problem.schema import Problem


@command(
    "homestead train",
    "homestead train --problem churn.yaml --seed 1",
    "homestead train --problem churn.yaml --resume",
)
@problem_option
@click.option("--seed", type=int, help="Seed of searches and estimators.  [default: 0]")
@click.option(
    "--resume",
    default="",
    is_flag=False,
    flag_value="newest",
    metavar="[RUN]",
    help="Go on at the step that failed: in the last run that failed, or in RUN.",
)
@click.option(
    "--cache/--no-cache",
    default=True,
    show_default=True,
    help="Use rows, training set and candidates of an earlier run if they would be the same.",
)
def train(problem: "Problem", seed: int | None, resume: str, cache: bool) -> None:
    """Train on this machine; release the winner if it is better.

    The whole pipeline runs: checks of the data, candidates, evaluation, gate, reports.
    """
    from homestead.pipelines.step_processes.kfp_import import import_kfp
    from homestead.pipelines.step_processes.warm_process import warm_process

    if resume and seed is not None:
        raise click.UsageError("--seed: a resumed run keeps the seed that it was started with")
    # It imports what steps need while this process imports what it needs itself, seconds both.
    with warm_process():
        import_kfp()
        from homestead.api.training import train as train_problem

        result = train_problem(problem, seed=seed or 0, resume=resume, cache=cache)
    for line in result.summary_lines():
        click.echo(line)
    click.echo("reports:")
    width = max(map(len, result.reports), default=0)
    for name, path in result.reports.items():
        click.echo(f"  {name.replace('_', ' '):<{width}}  {path}")
    for line in result.release_lines():
        click.echo(line)
    for line in _next_lines(result):
        click.echo(line)


def _next_lines(result: "TrainingResult") -> Iterator[str]:
    of = problem_words()
    release = result.release
    if release is not None and release.is_under_way:
        return  # the release's own line says what goes on with it
    if result.decision == "promote":
        yield f"next: homestead serve{of}, or without a server: homestead predict FILE{of}"
    else:
        yield "next: homestead open run shows all candidates beside the champion, which goes on"


@command(
    "homestead submit --host http://127.0.0.1:8080 --wait 3600",
    'homestead submit --host http://127.0.0.1:8080 --cron "0 0 4 * * *"',
    "homestead submit --host http://127.0.0.1:8080 --resume RUN",
)
@problem_option
@click.option("--host", required=True, envvar="KFP_HOST", show_envvar=True, help="URL of the API.")
@click.option("--seed", default=0, show_default=True, help="Seed of searches and estimators.")
@click.option("--image", default="", help="Image of the steps, best by digest (name@sha256:...).")
@click.option("--account", default="", help="Service account of the steps.")
@click.option("--namespace", default="", help="Your profile's namespace, on a multi-user backend.")
@click.option("--cron", default="", help="Schedule of a recurring run: six fields, seconds first.")
@click.option("--wait", default=0, show_default=True, help="Seconds to wait for the run's end.")
@click.option("--cancel", is_flag=True, help="Cancel the run if the wait ends first, or is killed.")
@click.option("--resume", default="", metavar="RUN", help="Go on at the steps of RUN that failed.")
@click.option("--upload", "upload_only", is_flag=True, help="Only add the pipeline to the UI.")
def submit(
    problem: "Problem",
    host: str,
    seed: int,
    image: str,
    account: str,
    namespace: str,
    cron: str,
    wait: int,
    cancel: bool,
    resume: str,
    upload_only: bool,
) -> None:
    """Submit the compiled training pipeline to Kubeflow Pipelines."""
    from homestead.pipelines.submit import Backend, submit, upload

    backend = Backend(host, image=image, service_account=account, namespace=namespace)
    if upload_only:
        uploaded = upload(backend)
        if not uploaded.is_new:
            click.echo(f"version {uploaded.name} is there already, with this content", err=True)
        click.echo(uploaded.version_id)
    else:
        if resume and cron:
            raise click.UsageError("--resume and --cron: allowed is one of them")
        run_id = submit(
            problem, backend, seed=seed, cron=cron, wait_s=wait, cancels=cancel, resume=resume
        )
        click.echo(run_id)


@command("homestead validate --problem churn.yaml")
@problem_option
def validate(problem: "Problem") -> None:
    """Check a problem file and its source's rows; train nothing."""
    from homestead.steps.commands.validate import validate_source

    validate_source(problem, click.echo)
    click.echo(f"next: homestead train{problem_words()}")


@command("homestead materialize --problem churn.yaml")
@problem_option
def materialize(problem: "Problem") -> None:
    """Bring the online store up to date with the source."""
    from homestead.steps.materialize import materialize_source

    materialize_source(problem, read_settings(), report=click.echo)


@command("homestead demo")
@problem_option
def demo(problem: "Problem") -> None:
    """Run the whole loop once on this machine, and show what happened.

    It trains, releases, serves, checks drift, adds labels and retrains.
    """
    from homestead.pipelines.step_processes.kfp_import import import_kfp
    from homestead.pipelines.step_processes.warm_process import warm_process

    # As in a training. The run of the retraining is forked, too.
    with warm_process(forks_runs=True):
        import_kfp()
        from homestead.cli.demo.run import run_demo

        run_demo(problem, read_settings())
