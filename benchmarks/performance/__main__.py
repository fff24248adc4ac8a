"""How often estimates without labels hold: ``make bench-performance``."""

from collections import defaultdict
from typing import Any

import click

from benchmarks.performance.coverage import (
    CONFIDENCE,
    SERVED_ROWS,
    VALIDATION_ROWS,
    Trial,
    trials,
)
from benchmarks.performance.report import write_report
from homestead.threads import reproducible_threads


@click.command()
@click.option("--seeds", default=200, show_default=True, help="Trials of each task.")
def main(seeds: int) -> None:
    """Estimate, measure, and write how often the interval held."""
    found: dict[tuple[str, str, str], list[Trial]] = defaultdict(list)
    with reproducible_threads():
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
    write_report(
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
