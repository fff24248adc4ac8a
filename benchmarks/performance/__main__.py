"""What estimates and verdicts of performance are worth: ``make bench-performance``."""

from collections import defaultdict
from dataclasses import asdict
from typing import Any

import click

from benchmarks.performance.coverage import (
    CONFIDENCE,
    SERVED_ROWS,
    VALIDATION_ROWS,
    Trial,
    trials,
)
from benchmarks.performance.months import detections, false_alarms
from benchmarks.performance.report import write_coverage, write_months
from homestead.threads import reproducible_threads


@click.command()
@click.option("--seeds", default=200, show_default=True, help="Trials of each task; 0: none.")
@click.option("--months", default=1500, show_default=True, help="Of each law; 0: none.")
def main(seeds: int, months: int) -> None:
    """Write how often intervals held, how often harm was said wrongly, and how soon rightly."""
    with reproducible_threads():
        if months:
            alarms, found = false_alarms(months), detections(max(1, months // 10))
            write_months(
                {
                    "false_alarms": [asdict(row) for row in alarms],
                    "detections": [asdict(row) for row in found],
                }
            )
        if seeds:
            _write_coverage(seeds)


def _write_coverage(seeds: int) -> None:
    found: dict[tuple[str, str, str], list[Trial]] = defaultdict(list)
    for task in ("classification", "regression"):
        for seed in range(seeds):
            for trial in trials(task, seed):
                found[task, trial.metric, trial.situation].append(trial)
    rows: list[dict[str, Any]] = [
        {
            **{"task": task, "metric": metric, "situation": situation},
            "held": sum(trial.held for trial in several) / len(several),
            "estimated": sum(trial.estimated for trial in several) / len(several),
            "measured": sum(trial.measured for trial in several) / len(several),
        }
        for (task, metric, situation), several in found.items()
    ]
    write_coverage(
        {
            "trials": seeds,
            "served_rows": SERVED_ROWS,
            "validation_rows": VALIDATION_ROWS,
            "confidence": CONFIDENCE,
            "rows": rows,
        }
    )


if __name__ == "__main__":
    main()
