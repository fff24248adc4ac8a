"""The local loop: what CronJobs do on a cluster, in one process."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

import click

from homestead.cli.loop.retraining_commands import kubeflow_options
from homestead.cli.shared.help import command
from homestead.cli.shared.options import problem_option, read_settings

if TYPE_CHECKING:
    from homestead.cli.loop.schedule import Schedule
    from homestead.pipelines.submit import Backend
    from homestead.problem.schema import Problem
    from homestead.settings import Settings

# A controller that looks each few seconds says once a minute that it is there.
_RECORD_S = 60.0
_MINUTES = click.FloatRange(0.01, 60 * 24 * 31)


@command("homestead watch", "homestead watch --forever --drift-minutes 30")
@problem_option
@click.option(
    "--interval",
    "interval_s",
    type=click.FloatRange(0.1, 3600),
    default=5.0,
    show_default=True,
    help="Seconds between two steps of the controller.",
)
@click.option(
    "--forever",
    is_flag=True,
    help="Go on after the release's end: watch drift and performance, too, and train again.",
)
@click.option(
    "--drift-minutes",
    type=_MINUTES,
    default=60.0,
    show_default=True,
    help="With --forever: minutes between two checks of drift.",
)
@click.option(
    "--performance-minutes",
    type=_MINUTES,
    default=60.0,
    show_default=True,
    help="With --forever: minutes between two looks at performance.",
)
@click.option(
    "--retraining-minutes",
    type=_MINUTES,
    default=1.0,
    show_default=True,
    help="With --forever: minutes between two decisions on retraining.",
)
@kubeflow_options
def watch(
    problem: "Problem",
    interval_s: float,
    forever: bool,
    drift_minutes: float,
    performance_minutes: float,
    retraining_minutes: float,
    host: str,
    image: str,
    account: str,
    namespace: str,
) -> None:
    """Take a release through its steps on this machine.

    Each change is a line. With --forever this is the whole loop: releases, drift, performance
    and retraining, each on its schedule. A training run on this machine has a process of its own.
    """
    from homestead.pipelines.submit import Backend

    settings = read_settings()
    if not forever:
        _watch_release(problem, settings, interval_s)
        return
    minutes = (drift_minutes, performance_minutes, retraining_minutes)
    api = Backend(host, image=image, service_account=account, namespace=namespace)
    with _open_schedule(problem, settings, interval_s, minutes, api) as schedule:
        while True:
            schedule.run_due()
            time.sleep(interval_s)


def _watch_release(problem: "Problem", settings: "Settings", interval_s: float) -> None:
    from homestead.errors import UserError
    from homestead.steps.releases.advance import advance

    shown = ""
    while True:
        try:
            outcome = advance(problem, settings, click.echo)
        except UserError as error:
            # What cannot be read now may be readable at the next look; nothing was decided.
            line, has_ended = f"nothing decided: {error}", False
        else:
            line, has_ended = outcome.line(), not outcome.is_under_way
        if line != shown:
            click.echo(line)
            shown = line
        if has_ended:
            return
        time.sleep(interval_s)


@contextmanager
def _open_schedule(
    problem: "Problem",
    settings: "Settings",
    interval_s: float,
    minutes: tuple[float, float, float],
    api: "Backend",
) -> Iterator["Schedule"]:
    """Open the schedule of all jobs, with the times of an earlier process."""
    from homestead.cli.loop.schedule import LoopJob, Schedule
    from homestead.database.job_runs import latest_job_runs, record_job_run
    from homestead.pipelines.retraining.check import open_controller
    from homestead.pipelines.retraining.kubeflow_runs import KubeflowRuns
    from homestead.pipelines.retraining.local_runs import LocalRuns
    from homestead.steps.commands.drift_job import run_drift_job
    from homestead.steps.performance.job import run_performance_job

    backend = KubeflowRuns(problem, settings, api) if api.host else LocalRuns(problem, settings)
    drift_s, performance_s, retraining_s = (60 * each for each in minutes)
    with open_controller(problem, settings, backend, click.echo) as controller:

        def retrain(report: Callable[[str], None]) -> None:
            with record_job_run(settings, problem.name, "retraining"):
                decision = controller.check().decision
            report(f"{decision.action}: {decision.reason}")

        def drift(report: Callable[[str], None]) -> None:
            run_drift_job(problem, settings, report, require_champion=False)

        def performance(report: Callable[[str], None]) -> None:
            run_performance_job(problem, settings, report, require_champion=False)

        ended = latest_job_runs(controller.records.engine, problem.name).items()
        last_run_s = {job: at for (job, outcome), at in ended if outcome == "succeeded"}
        # The controller of releases looks at once: somebody may wait for it.
        last_run_s.pop("release", None)
        yield Schedule(
            [
                LoopJob("release", interval_s, _release_step(problem, settings)),
                LoopJob("drift", drift_s, drift),
                LoopJob("performance", performance_s, performance),
                LoopJob("retraining", retraining_s, retrain),
            ],
            click.echo,
            last_run_s,
        )


def _release_step(
    problem: "Problem", settings: "Settings"
) -> Callable[[Callable[[str], None]], None]:
    """Return a step of the controller of releases that is recorded once a minute."""
    from homestead.database.job_runs import record_job_run
    from homestead.steps.releases.advance import advance

    recorded_s = 0.0

    def step(report: Callable[[str], None]) -> None:
        nonlocal recorded_s
        is_recorded = time.time() >= recorded_s + _RECORD_S
        record = record_job_run(settings, problem.name, "release")
        with record if is_recorded else nullcontext():
            report(advance(problem, settings, click.echo).line())
        if is_recorded:
            recorded_s = time.time()

    return step
