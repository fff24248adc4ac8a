"""Simulated releases at a reduced size: levels are kept and harm is found in time."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from benchmarks.release import __main__ as bench
from benchmarks.release import report
from benchmarks.release.peers import first


def rng() -> np.random.Generator:
    return np.random.default_rng(20)


def test_equal_failures_are_rolled_back_within_their_part_of_the_level() -> None:
    stops = bench.failures(rng(), 2000, 100_000, bench.RATE)
    assert np.isfinite(stops["homestead"]).mean() <= 0.005
    assert np.isfinite(stops["z-test"]).mean() > 0.03
    assert np.isfinite(bench.stepped(rng(), 500, 100_000)["homestead"]).mean() <= 0.005


@pytest.mark.parametrize(
    "simulate",
    [
        partial(bench.errors, worse=1.0),
        bench.latencies,
    ],
    ids=["error", "latency"],
)
def test_equal_models_are_hardly_ever_rolled_back(
    simulate: Callable[[np.random.Generator, int, int], bench.Stops],
) -> None:
    assert np.isfinite(simulate(rng(), 200, 10_000)["homestead"]).mean() <= 0.01


@pytest.mark.parametrize(("rate", "most"), [(0.01, 1900), (0.05, 250)])
def test_failures_are_found_in_time(rate: float, most: int) -> None:
    assert np.median(bench.failures(rng(), 3000, 10_000, rate)["homestead"]) <= most


def test_a_larger_error_is_found_the_sooner_the_larger_it_is() -> None:
    medians = [
        np.median(bench.errors(rng(), 60, 8000, worse)["homestead"]) for worse in (1.05, 1.1, 1.2)
    ]
    assert medians[0] > medians[1] > medians[2]
    assert medians[1] < 1500


def test_an_equal_error_passes_and_one_beyond_the_limit_hardly_ever_does() -> None:
    assert np.isfinite(bench.passes(rng(), 60, 8000, 1.0)["homestead"]).mean() > 0.9
    assert np.isfinite(bench.passes(rng(), 60, 8000, 1.08)["homestead"]).mean() <= 0.05


def test_the_first_look_counts() -> None:
    found = np.array([[False, True, True], [False, False, False]])
    assert list(first(found, np.array([100, 200, 300]))) == [200, np.inf]


def test_the_report_holds_tables_and_a_plot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "RESULTS", tmp_path / "results")
    stops = bench.failures(rng(), 50, 2000, 0.05)
    rows = [bench.row("failures 0.2 → 5%", 50, 2000, stops)]
    report.write_report({"error_level": 0.01, "equal": rows, "delay": rows, "pass": rows})
    table = (tmp_path / "results" / "release.md").read_text()
    assert "| failures 0.2 → 5% | 50 | 2,000 | 100.00% |" in table
    assert (tmp_path / "results" / "release.svg").stat().st_size > 1000
