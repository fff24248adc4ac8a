"""Benchmark of threads: the table of medians, and a machine that is free again afterwards."""

import os

from benchmarks.threads.__main__ import LIMIT_S, OURS, busy_processes, table


def test_a_line_holds_medians_and_their_ratio_and_says_what_was_stopped() -> None:
    medians = {
        "active": {"free": 0.5, "busy": LIMIT_S},
        OURS: {"free": 0.5, "busy": 0.75},
    }
    active, passive = table(medians).splitlines()[2:]
    assert active == "| active | 0.50 | over 10 | 13.3 |"
    assert passive == f"| {OURS} | 0.50 | 0.75 | 1.0 |"


def test_busy_processes_end_with_the_block() -> None:
    with busy_processes(1) as (process,):
        assert process.poll() is None
        os.kill(process.pid, 0)
    assert process.poll() is not None
