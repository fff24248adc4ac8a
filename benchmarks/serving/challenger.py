"""What a challenger costs a request: ``make bench-challenger``.

The same server runs under four release plans, with the same model and a copy of it as challenger.
Rounds alternate between the plans, so that other work on the machine slows down all alike; the
servers whose turn it is not are stopped.
"""

import dataclasses
import os
import shutil
import signal
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click
import httpx
import onnx

from benchmarks.serving import report
from benchmarks.serving.__main__ import FOLDER
from benchmarks.serving.challenger_report import PLANS, Plan, compare_plans, served_shares, write
from benchmarks.serving.compare import alternate
from benchmarks.serving.measure import (
    LOAD_CORE,
    check_predictions,
    started,
    wait_until_ready,
)
from benchmarks.serving.systems import PORT, SYSTEMS, System
from benchmarks.serving.world import World, prepare, redis, signed_version
from homestead.errors import UserError
from homestead.release.plan import ReleasePlan, ReleaseStep, read_plan, write_plan
from homestead.settings import Settings

# One row by one connection and by many, and a request whose time is the model's.
_SCENARIOS = ("full", "batch-32")
_PORTS_EACH = 3


@click.command()
@click.option("--only", multiple=True, default=_SCENARIOS, show_default=True, help="Scenarios.")
@click.option("--rounds", default=7, show_default=True, help="Rounds of each plan.")
@click.option("--seconds", default=4.0, show_default=True, help="Length of a round.")
def main(only: tuple[str, ...], rounds: int, seconds: float) -> None:
    """Measure the server under each plan, and write JSON and a table."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    (ours,) = (system for system in SYSTEMS if system.name == "homestead")
    figures: dict[str, Any] = {
        "machine": report.machine(),
        "commit": report.commit(),
        "load_before": round(os.getloadavg()[0], 2),
        "rounds": rounds,
        "seconds": seconds,
        "scenarios": {},
    }
    with redis(FOLDER, LOAD_CORE), ExitStack() as stack:
        world = prepare(FOLDER)
        systems = [_with_plan(ours, world, plan, place) for place, plan in enumerate(PLANS)]
        processes = [stack.enter_context(started(system, world))[0] for system in systems]
        for scenario in (each for each in ours.scenarios if each.name in only):
            bodies = scenario.bodies(world)
            for system, process in zip(systems, processes, strict=True):
                wait_until_ready(system, scenario, bodies[0], process)
                check_predictions(system, scenario, bodies, world)
            for connections in scenario.connections:
                name = f"{scenario.name}@{connections}"
                click.echo(f"{name} ...")
                pids = [process.pid for process in processes]
                measured = alternate(systems, pids, scenario, bodies, connections, rounds, seconds)
                figures["scenarios"][name] = compare_plans(measured)
        figures["plans"] = {
            plan.name: {"title": plan.title, **served_shares(_metrics(system))}
            for plan, system in zip(PLANS, systems, strict=True)
        }
    click.echo(write(figures))


def _with_plan(ours: System, world: World, plan: Plan, place: int) -> System:
    """Return our server with a home of its own, in which a plan lies."""
    system = dataclasses.replace(
        ours,
        name=plan.name,
        title=plan.title,
        home=f"plan-{plan.name}",
        port=PORT + _PORTS_EACH * place,
    )
    home = world.home(system.home)
    # With an empty prediction log.
    shutil.rmtree(home, ignore_errors=True)
    leave = shutil.ignore_patterns("homestead.db*", "spool", "log")
    shutil.copytree(world.home(ours.home), home, ignore=leave)
    settings, problem = Settings(home=home), world.problem.name
    if plan.traffic_share is not None:
        path = settings.release_plan(problem)
        champion = read_plan(path).champion
        challenger = signed_version(settings, problem, _copy(world), "2", champion.digest)
        written = ReleasePlan(
            problem=problem,
            champion=champion,
            challenger=challenger,
            traffic_share=plan.traffic_share,
            paired_share=plan.paired_share,
            release=ReleaseStep(id="benchmark-1", step=0),
        )
        write_plan(path, written)
    return system


def _copy(world: World) -> Path:
    """Write the same model with another digest, and return its path."""
    model = onnx.load_from_string(world.model.read_bytes())
    model.doc_string = "the challenger"
    path = world.folder / "challenger.onnx"
    path.write_bytes(model.SerializeToString())
    return path


def _metrics(system: System) -> str:
    # The metrics' port is the next one.
    return httpx.get(f"http://127.0.0.1:{system.port + 1}/metrics").raise_for_status().text


if __name__ == "__main__":
    # So that servers do not outlive this process.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        main(standalone_mode=False)
    except UserError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(1)
