"""The command line: one verb for each thing that a person or a CronJob does."""

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from homestead import __version__
from homestead.cli import cluster
from homestead.errors import NoChampionError, RenamedKeyWarning, UserError
from homestead.names import HTTP_PORT, METRICS_PORT
from homestead.problem.loader import load_problem
from homestead.problem.schema import Problem
from homestead.settings import Settings


class _Verbs(click.Group):
    """Turns a user's mistake into one message and exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            with _warnings_as_lines():
                return super().invoke(ctx)
        except UserError as error:
            click.echo(f"error: {error}", err=True)
        except Exception as error:
            # Not imported here: most verbs need no database.
            sql = sys.modules.get("sqlalchemy.exc")
            if sql is None or not isinstance(error, sql.OperationalError):
                raise
            names = "HOMESTEAD_DATABASE_URL, MLFLOW_TRACKING_URI or HOMESTEAD_FEAST_REGISTRY"
            click.echo(f"error: a database can't be used, see {names}: {error.orig}", err=True)
        sys.exit(1)


@contextmanager
def _warnings_as_lines() -> Iterator[None]:
    """Show our own warnings as one line each, without a source line; others as usual."""

    def show(message: Warning | str, category: type[Warning], *place: Any, **options: Any) -> None:
        if issubclass(category, RenamedKeyWarning):
            click.echo(f"warning: {message}", err=True)
        else:
            show_others(message, category, *place, **options)

    with warnings.catch_warnings():
        show_others = warnings.showwarning
        warnings.simplefilter("always", RenamedKeyWarning)
        warnings.showwarning = show
        yield


class _ProblemFile(click.ParamType):
    name = "file"

    def convert(self, value: Any, param: Any, ctx: Any) -> Problem:
        return value if isinstance(value, Problem) else load_problem(Path(value))


_PORT = click.IntRange(1, 65535)
_problem = click.option(
    "--problem",
    type=_ProblemFile(),
    default="problems/house_price.yaml",
    envvar="HOMESTEAD_PROBLEM",
    show_default=True,
    show_envvar=True,
    help="The problem file.",
)


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """From a table and one problem file to a model that serves, is watched and retrains itself."""


@main.command()
@_problem
@click.option("--seed", default=0, show_default=True, help="Seed of searches and estimators.")
def train(problem: Problem, seed: int) -> None:
    """Run the training pipeline on this machine; promote what is better."""
    from homestead.pipelines.local import run_local

    result = run_local(problem, seed=seed)
    click.echo(f"decision: {result['decision']} ({result['reason']})")
    for name, path in result.get("reports", {}).items():
        click.echo(f"{name}: {path}")


@main.command()
@_problem
@click.option("--host", required=True, envvar="KFP_HOST", show_envvar=True, help="URL of the API.")
@click.option("--seed", default=0, show_default=True)
@click.option("--image", default="", help="Image of the steps, best by digest (name@sha256:...).")
@click.option("--account", default="", help="Service account of the steps.")
@click.option("--namespace", default="", help="The profile's, where there are several users.")
@click.option("--cron", default="", help="Six fields, seconds first: run again and again.")
@click.option("--wait", default=0, help="Seconds to wait for the run's end.")
@click.option("--upload", is_flag=True, help="Only put the pipeline where the UI shows it.")
def submit(
    problem: Problem,
    host: str,
    seed: int,
    image: str,
    account: str,
    namespace: str,
    cron: str,
    wait: int,
    upload: bool,
) -> None:
    """Submit the compiled training pipeline to Kubeflow Pipelines."""
    from homestead.pipelines import submit as kubeflow

    backend = kubeflow.Backend(host, image=image, account=account, namespace=namespace)
    if upload:
        click.echo(kubeflow.upload(backend))
        return
    click.echo(kubeflow.submit(problem, backend, seed=seed, cron=cron, wait_s=wait))


@main.command(name="compile")
@_problem
def compile_all(problem: Problem) -> None:
    """Make the generated files anew: the compiled pipeline, the problem file's JSON Schema, and
    the problem's alert rules, dashboards and SeldonDeployment."""
    from homestead.pipelines.compile import compile_training
    from homestead.steps.generate_files import generate_files

    click.echo(compile_training())
    for path in generate_files(problem, Path()):
        click.echo(path)


@main.command()
@_problem
def validate(problem: Problem) -> None:
    """Check a problem file and its source's rows; train nothing."""
    from homestead.data.ingest import ingest

    found = ingest(problem)
    click.echo(f"{problem.name}: {len(found.valid)} valid rows, {len(found.quarantine)} bad")


@main.command()
@_problem
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=_PORT, default=HTTP_PORT, show_default=True)
@click.option("--metrics-port", type=_PORT, default=METRICS_PORT, show_default=True)
def serve(problem: Problem, host: str, port: int, metrics_port: int) -> None:
    """Serve the released champion."""
    from homestead.serving.main import serve as serve_model

    serve_model(problem.name, Settings.read(), host=host, port=port, metrics_port=metrics_port)


@main.command(name="await-release")
@_problem
@click.option("--wait", type=float, help="Seconds to wait; for ever without it.")
def await_release(problem: Problem, wait: float | None) -> None:
    """Wait until a model is released."""
    from homestead.release.plan import wait_for_plan

    plan = wait_for_plan(Settings.read().release_plan(problem.name), wait)
    click.echo(f"{problem.name}: version {plan.champion.version} is released")


@main.command()
@_problem
def materialize(problem: Problem) -> None:
    """Bring the online store to the newest rows of the source."""
    from homestead.steps.materialize import materialize_source

    materialize_source(problem, Settings.read(), report=click.echo)


@main.command()
@_problem
@click.option("--since", type=click.DateTime(), help="Start of the window (UTC).")
@click.option("--until", type=click.DateTime(), help="End of the window (UTC).")
@click.option("--last", type=click.IntRange(min=1), help="Only the last rows of the window.")
@click.option(
    "--exit-zero",
    is_flag=True,
    help="End with 0 whatever the verdict is, also before there is a champion.",
)
def drift(
    problem: Problem,
    since: datetime | None,
    until: datetime | None,
    last: int | None,
    exit_zero: bool,
) -> None:
    """Compare served rows with the champion's training rows.

    Exit code 0: no drift; 3: drift; 4: inconclusive (too few rows); 1: an error, or no champion.
    """
    from homestead.database.job_runs import record_job_run
    from homestead.steps.check_drift import check_drift

    settings = Settings.read()
    with record_job_run(settings, problem.name, "drift"):
        try:
            result = check_drift(problem, settings, since=since, until=until, last=last)
        except NoChampionError as error:
            if not exit_zero:
                raise
            # The job that looks by the clock may be there before the first model is.
            click.echo(str(error))
            return
    share = "unknown" if result.share is None else f"{result.share:.2f}"
    click.echo(
        f"{result.verdict}: drift share {share}, allowed {result.threshold:.2f}, {result.rows} rows"
    )
    sys.exit(0 if exit_zero else result.exit_code)


main.add_command(cluster.check)
main.add_command(cluster.deploy)


@main.group()
def data() -> None:
    """Version data files."""


@data.command(name="add")
@click.argument("file", type=click.Path(path_type=Path))
def data_add(file: Path) -> None:
    """Version FILE with DVC and push it to the remote."""
    from homestead.data.dvc import add_to_dvc

    click.echo(add_to_dvc(file))


@main.command()
@_problem
def demo(problem: Problem) -> None:
    """Train, train again, serve, predict and watch on this machine; say what happened."""
    from homestead.cli.demo import run_demo

    run_demo(problem, Settings.read())
