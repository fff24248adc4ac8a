"""Compare our server in two checkouts: ``python -m benchmarks.serving.compare OLD_TREE``.

Both servers run on one core and serve the same model. Rounds alternate between them, so that other
work on the machine slows down both alike; the one whose turn it is not is stopped.
"""

import dataclasses
import signal
import sys
from contextlib import ExitStack
from pathlib import Path

import click

from benchmarks.serving.__main__ import FOLDER
from benchmarks.serving.measure import (
    LOAD_CORE,
    Round,
    bodies_file,
    check_predictions,
    paused,
    run_round,
    started,
    summarize,
    wait_until_ready,
)
from benchmarks.serving.systems import OURS, PORT, SYSTEMS, Scenario, System
from benchmarks.serving.world import PROBLEM, World, prepare, redis
from homestead.errors import UserError
from homestead.release.plan import read_plan
from homestead.settings import Settings

_HERE = Path(__file__).parents[2]
_HEAD = (
    "| scenario | old requests/s | new requests/s | ratio | old CPU µs | new CPU µs | ratio |\n"
    "|---|---|---|---|---|---|---|"
)


@click.command()
@click.argument("old_tree", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--only", multiple=True, help="Run these scenarios, such as full or batch-32.")
@click.option("--rounds", default=5, show_default=True, help="Rounds of each server.")
@click.option("--seconds", default=4.0, show_default=True, help="Length of a round.")
def main(old_tree: Path, only: tuple[str, ...], rounds: int, seconds: float) -> None:
    """Run the scenarios of our server from OLD_TREE and from this checkout, and print ratios."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    (ours,) = (system for system in SYSTEMS if system.name == "homestead")
    trees = [_from_tree(ours, old_tree, "old", PORT), _from_tree(ours, _HERE, "new", PORT + 3)]
    click.echo(_HEAD)
    with redis(FOLDER, LOAD_CORE), ExitStack() as stack:
        world = prepare(FOLDER)
        _write_plan_for_both(world, ours)
        pids = [stack.enter_context(started(system, world))[0] for system in trees]
        for scenario in ours.scenarios:
            if only and scenario.name not in only:
                continue
            bodies = scenario.bodies(world)
            for system, process in zip(trees, pids, strict=True):
                wait_until_ready(system, scenario, bodies[0], process)
                check_predictions(system, scenario, bodies, world)
            for connections in scenario.connections:
                measured = alternate(
                    trees, [p.pid for p in pids], scenario, bodies, connections, rounds, seconds
                )
                click.echo(_line(f"{scenario.name}@{connections}", measured))


def _from_tree(ours: System, tree: Path, name: str, port: int) -> System:
    """Return our server as it is started from the sources of a checkout."""
    tree = tree.absolute()
    # Without PYTHONSAFEPATH the current folder would come before PYTHONPATH.
    environment = {
        **ours.env,
        "PYTHONPATH": str(tree),
        "PYTHONSAFEPATH": "1",
        # The workers of both must not wait for each other.
        "HOMESTEAD_DATABASE_URL": f"sqlite:///{FOLDER.absolute() / name}.db",
    }
    program = OURS.replace(str(PROBLEM), str(tree / PROBLEM))
    return dataclasses.replace(
        ours, name=name, title=name, program=program, env=environment, port=port
    )


def _write_plan_for_both(world: World, ours: System) -> None:
    """Write the release plan without keys that older versions do not know."""
    path = Settings(home=world.home(ours.home)).release_plan(world.problem.name)
    path.write_text(read_plan(path).model_dump_json(exclude_defaults=True), encoding="utf-8")


def alternate(
    systems: list[System],
    pids: list[int],
    scenario: Scenario,
    bodies: list[str],
    connections: int,
    rounds: int,
    seconds: float,
) -> list[list[Round]]:
    """Return the rounds of each system, without the first, which warms up.

    Args:
        pids: the servers' processes, in the order of the systems.
    """
    measured: list[list[Round]] = [[] for _ in systems]
    count = len(systems)
    with bodies_file(bodies) as file:
        for number in range(rounds + 1):
            # Another one begins each time, so that none always runs first.
            for index in ((number + 1 + place) % count for place in range(count)):
                with ExitStack() as stack:
                    for other in {*range(count)} - {index}:
                        stack.enter_context(paused(pids[other]))
                    one = run_round(
                        systems[index], pids[index], scenario, file, connections, seconds
                    )
                if number:
                    measured[index].append(one)
    return measured


def _line(name: str, measured: list[list[Round]]) -> str:
    old, new = map(summarize, measured)
    cells = [name]
    for figure in ("rps", "cpu_us"):
        ratio = new[figure] / max(old[figure], 0.1)
        cells += [f"{old[figure]:,.0f}", f"{new[figure]:,.0f}", f"{ratio:.3f}"]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    # So that servers do not outlive this process.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        main(standalone_mode=False)
    except UserError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(1)
