"""Benchmark of a training run: its figures, and the check that both have done the same work."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.measured_command import measure
from benchmarks.training.__main__ import OURS, PLAIN, check_same_work, report


def results(folder: Path, *, score: float = 0.12, decision: str = "promote") -> tuple[Path, Path]:
    """Write what both runs leave, and return their folders."""
    ours: dict[str, Any] = {
        "metric": "mape",
        "decision": "promote",
        "candidates": [{"name": "linear", "mape": 0.12}],
        "champion_metrics": {"mape": {"value": 0.116}},
    }
    plain = {"validation": {"linear": score}, "decision": decision, "holdout": {"mape": 0.116}}
    run = folder / "home" / "runs" / "1"
    run.mkdir(parents=True, exist_ok=True)
    (run / "result.json").write_text(json.dumps(ours), encoding="utf-8")
    (folder / "result.json").write_text(json.dumps(plain), encoding="utf-8")
    return folder / "home", folder


def test_the_same_scores_and_decision_are_the_same_work(tmp_path: Path) -> None:
    check_same_work(*results(tmp_path))


@pytest.mark.parametrize("other", [{"score": 0.121}, {"decision": "keep"}])
def test_another_score_or_decision_is_not(tmp_path: Path, other: dict[str, Any]) -> None:
    with pytest.raises(RuntimeError, match="not the same work"):
        check_same_work(*results(tmp_path, **other))


def test_cpu_seconds_are_those_of_child_processes_too() -> None:
    work = "sum(range(3_000_000))"
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', '{work}'])"
    assert measure([sys.executable, "-c", child], {})["cpu_seconds"] > 0.04


def test_a_command_that_fails_shows_its_output() -> None:
    with pytest.raises(RuntimeError, match="no such table"):
        measure([sys.executable, "-c", "raise SystemExit('no such table')"], {})


def test_targets_are_medians_of_the_ratios_of_rounds() -> None:
    rounds = [
        {OURS: {"seconds": s, "cpu_seconds": 3.0}, PLAIN: {"seconds": 10.0, "cpu_seconds": 2.0}}
        for s in (10.0, 12.0, 40.0)
    ]
    found = json.loads(json.dumps(report(rounds, 1.0)))
    assert found["ratios"]["seconds"] == [1.0, 1.2, 4.0]
    assert [target["measured"] for target in found["targets"]] == [1.2, 1.5]
    assert found["medians"][OURS]["seconds"] == 12.0


def test_a_command_has_none_of_the_variables_that_the_benchmark_set_for_itself() -> None:
    """Two candidates at a time with two threads each would be slower than a user's run."""
    assert os.environ["OMP_NUM_THREADS"]
    script = "import os; raise SystemExit('OMP_NUM_THREADS' in os.environ)"
    measure([sys.executable, "-c", script], {})
