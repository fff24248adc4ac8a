"""False roll-backs and delays of a release's tests: ``make bench-release``."""

import json
import os
import platform
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import click
import numpy as np

from benchmarks.release import traffic
from benchmarks.release.peers import first, msprt, z_test
from benchmarks.release.report import RESULTS, write_report
from homestead.problem.sections.release import ReleaseLimits
from homestead.release.analysis.betting import BoundedDifferences
from homestead.release.analysis.levels import PARTS, PASS_LEVEL

ERROR_LEVEL = 0.01
LOOK_EVERY = 100
KINDS = ("equal", "delay", "pass")
RATE = 0.002
SUBJECTS, SUBJECT_RATE = 20_000, 0.01
STEPS = (0.05, 0.25, 0.5, 1.0)
# mSPRT's mixture: about the size of the effects to be found.
FAILURE_SCALE, ERROR_SCALE = 0.01, 0.1
Stops = dict[str, np.ndarray]


def needed(test: str) -> float:
    """Return the logarithm of the evidence that a test's part of the error level asks for."""
    return float(np.log(1 / (ERROR_LEVEL * PARTS[test])))


def failure_stops(failures: traffic.Failures) -> np.ndarray:
    """Return the request at which the failures of each release are first found to be harm."""
    evidence = failures.outcomes.log_wealth_above() + np.log(failures.outcomes.part)
    return first(np.atleast_2d(evidence >= needed("failures")), failures.at)


def stop(
    differences: BoundedDifferences, parameter: float, test: str, each: int, used: int
) -> float:
    """Return the request at which one release's differences are first found to be harm.

    Args:
        each: requests of an observation.
        used: observations that set the scale.
    """
    found = differences.log_wealth_above(parameter) >= needed(test)
    return float((found.argmax() + 1 + used) * each) if found.any() else np.inf


def failures(rng: np.random.Generator, runs: int, requests: int, challenger: float) -> Stops:
    """Return the stops on failures of paired requests, beside the peers'."""
    ours = traffic.paired_failures(rng, runs, requests, RATE, challenger)
    count = np.arange(LOOK_EVERY, requests + 1, LOOK_EVERY)
    sums = [
        rng.binomial(LOOK_EVERY, rate, (runs, len(count))).cumsum(axis=1)
        for rate in (RATE, challenger)
    ]
    old, new = (total / count for total in sums)
    variance = old * (1 - old) + new * (1 - new)
    return {
        "homestead": failure_stops(ours),
        "z-test": first(z_test(new - old, variance, count), count),
        "mSPRT": first(msprt(new - old, variance, count, FAILURE_SCALE), count),
    }


def stepped(rng: np.random.Generator, runs: int, requests: int) -> Stops:
    """Return the stops of equal models without pairs, whose traffic share grows."""
    stops = np.full(runs, np.inf)
    for run in range(runs):
        for found in traffic.returning_failures(rng, requests, SUBJECTS, SUBJECT_RATE, STEPS):
            if len(found.at):
                stops[run] = min(stops[run], failure_stops(found)[0])
    return {"homestead": stops}


def errors(rng: np.random.Generator, runs: int, requests: int, worse: float) -> Stops:
    """Return the stops on the errors of labelled pairs, beside the peers'."""
    count = np.arange(LOOK_EVERY, requests + 1, LOOK_EVERY)
    stops = {name: np.full(runs, np.inf) for name in ("homestead", "z-test", "mSPRT")}
    for run in range(runs):
        old, new = traffic.losses(rng, requests, worse)
        differences = traffic.error_differences(old, new)
        stops["homestead"][run] = stop(differences, 0.0, "error", 1, 50)
        blocks = (new - old).reshape(-1, LOOK_EVERY)
        mean = blocks.sum(axis=1).cumsum() / count
        variance = (blocks**2).sum(axis=1).cumsum() / count - mean**2
        scale = ERROR_SCALE * float(old[:LOOK_EVERY].mean())
        for name, found in (
            ("z-test", z_test(mean, variance, count)),
            ("mSPRT", msprt(mean, variance, count, scale)),
        ):
            stops[name][run] = first(found[None], count)[0]
    return stops


def latencies(rng: np.random.Generator, runs: int, requests: int) -> Stops:
    """Return the stops on equal latencies; the limit is 0 instead of the policy's, to be strict."""
    stops = np.full(runs, np.inf)
    for run in range(runs):
        for test, quantile in (("slower", 0.5), ("slowest", 0.99)):
            differences = traffic.latency_differences(rng, requests, quantile)
            stops[run] = min(stops[run], stop(differences, 0.0, test, 2, 0))
    return {"homestead": stops}


def passes(rng: np.random.Generator, runs: int, requests: int, worse: float) -> Stops:
    """Return the labelled pairs after which the error is known to be within the limit."""
    at = np.full(runs, np.inf)
    limit = ReleaseLimits().error
    for run in range(runs):
        differences = traffic.error_differences(*traffic.losses(rng, requests, worse))
        found = differences.log_wealth_below(limit) >= np.log(1 / PASS_LEVEL)
        at[run] = found.argmax() + 51 if found.any() else np.inf
    return {"homestead": at}


def row(title: str, runs: int, requests: int, stops: Stops) -> dict[str, Any]:
    """Return the figures of a row: shares of releases that were stopped, and delays."""
    figures = {}
    for name, at in stops.items():
        stopped = at[np.isfinite(at)]
        half, most = np.quantile(at, [0.5, 0.9], method="higher")
        figures[name] = {
            "stopped": len(stopped) / runs,
            "median": half if np.isfinite(half) else None,
            "p90": most if np.isfinite(most) else None,
            # For the plot: share stopped by then.
            "by": {str(n): float((at <= n).mean()) for n in _marks(requests)},
        }
    return {"title": title, "runs": runs, "requests": requests, "tests": figures}


def _marks(requests: int) -> list[int]:
    return [int(mark) for mark in np.geomspace(100, requests, 40).round()]


@click.command()
@click.option("--runs", default=10_000, show_default=True, help="Releases a row.")
@click.option("--requests", default=100_000, show_default=True, help="Of an equal model.")
@click.option("--only", multiple=True, type=click.Choice(KINDS), help="By default all.")
def main(runs: int, requests: int, only: tuple[str, ...]) -> None:
    """Simulate each row; write ``results/release.json``, ``.md`` and ``.svg``."""
    start = time.monotonic()
    figures = RESULTS / "release.json"
    earlier = json.loads(figures.read_text(encoding="utf-8")) if only and figures.exists() else {}
    rows: dict[str, list[dict[str, Any]]] = {kind: [] for kind in only or KINDS}
    plan: list[tuple[str, str, int, Callable[[np.random.Generator, int, int], Stops]]] = [
        ("equal", "failures 0.2%, paired", requests, partial(failures, challenger=RATE)),
        (
            "equal",
            "failures on 1% of 20,000 subjects who come back, in steps, not paired",
            requests,
            stepped,
        ),
        ("equal", "error, heavy tails", requests, partial(errors, worse=1.0)),
        ("equal", "latency, median and 99th percentile", requests, latencies),
        ("delay", "failures 0.2 → 1%", 20_000, partial(failures, challenger=0.01)),
        ("delay", "failures 0.2 → 5%", 5_000, partial(failures, challenger=0.05)),
        ("delay", "error 5% larger", 20_000, partial(errors, worse=1.05)),
        ("delay", "error 10% larger", 10_000, partial(errors, worse=1.1)),
        ("delay", "error 20% larger", 5_000, partial(errors, worse=1.2)),
        ("pass", "error as large as the champion's", 20_000, partial(passes, worse=1.0)),
        ("pass", "error 3% smaller", 20_000, partial(passes, worse=0.97)),
        ("pass", "error 6% larger, beyond the limit", 20_000, partial(passes, worse=1.06)),
    ]
    stops_of_equal: list[np.ndarray] = []
    for seed, (kind, title, length, simulate) in enumerate(plan):
        if kind not in rows:
            continue
        stops = simulate(np.random.default_rng(seed), runs, length)
        rows[kind].append(row(title, runs, length, stops))
        if kind == "equal" and simulate is not stepped:
            stops_of_equal.append(stops["homestead"])
        click.echo(f"{title}: {rows[kind][-1]['tests']['homestead']['stopped']:.2%} found")
    if stops_of_equal:
        # Independent rows, run by run: a release that is judged by all of these tests.
        together = {"homestead": np.min(stops_of_equal, axis=0)}
        title = "all of a release: failures (paired), error, latency"
        rows["equal"].append(row(title, runs, requests, together))
    write_report(
        {
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "numpy": np.__version__,
            "error_level": ERROR_LEVEL,
            "parts": dict(PARTS),
            **{kind: earlier[kind] for kind in KINDS if kind in earlier},
            **rows,
            "seconds": round(time.monotonic() - start) + earlier.get("seconds", 0) * bool(only),
        }
    )


if __name__ == "__main__":
    main()
