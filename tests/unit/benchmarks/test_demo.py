"""Benchmark of the demo: its target is the median of the rounds."""

from benchmarks.demo.__main__ import LIMIT_S, report


def test_the_target_is_the_median_of_the_rounds() -> None:
    rounds = [{"seconds": s, "cpu_seconds": 150.0} for s in (112.04, 140.0, 111.0)]
    [target] = report(rounds, 0.1)["targets"]
    assert (target["measured"], target["limit"], target["unit"]) == (112.0, LIMIT_S, "s")
