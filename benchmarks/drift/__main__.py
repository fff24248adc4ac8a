"""What drift checks find, and what they find that is not there: ``make bench-drift``."""

import time
from dataclasses import asdict

import click
import numpy as np
import pandas as pd

from benchmarks.drift.months import Months, classifier_months, month_of_checks
from benchmarks.drift.report import write_report
from benchmarks.drift.rules import LEVEL, verdicts
from benchmarks.drift.windows import CHANGES, draw_window, read_inputs
from homestead.drift.calibrated import Calibration, measure_calibrated
from homestead.problem.contract import Contract

# Windows of each change for each month of checks; results are written after each such part.
PART = 20


def add_window(
    number: int, inputs: pd.DataFrame, contract: Contract, found: dict[str, dict[str, int]]
) -> None:
    """Draw a window, change it in each way, and count which rules find drift."""
    draw = np.random.default_rng(number)
    reference, window = draw_window(inputs, draw)
    for name, change in CHANGES.items():
        changed = change(window, inputs.std(), draw)
        for rule, drifted in verdicts(reference, changed, contract).items():
            found[name][rule] = found[name].get(rule, 0) + drifted


def seconds(inputs: pd.DataFrame, contract: Contract, rows: int, sample: int) -> float:
    """Return the seconds of processor time of the verdict on so many rows of both kinds."""
    draw = np.random.default_rng(1)
    frames = [inputs.sample(rows, replace=True, random_state=seed) for seed in (1, 2)]
    for frame in frames:
        frame["lat"] += draw.normal(0, 1e-9, rows)  # as many distinct values as rows
    started = time.process_time()
    if sample < rows:
        frames = [frame.sample(sample, random_state=0) for frame in frames]
    reference, current = frames
    measure_calibrated(reference, current, contract, Calibration(lambda _: LEVEL))
    return round(time.process_time() - started, 2)


@click.command()
@click.option("--windows", default=1000, show_default=True, help="Windows of each change.")
@click.option("--minutes", default=120.0, show_default=True, help="Fewer are drawn then.")
def main(windows: int, minutes: float) -> None:
    """Measure power, false alarms and time."""
    started = time.monotonic()
    inputs, contract = read_inputs()
    speed = {
        "whole": seconds(inputs, contract, 1_000_000, 1_000_000),
        "sampled": seconds(inputs, contract, 1_000_000, 10_000),
    }
    classifier = classifier_months(1000)
    whole, draw = Months(), np.random.default_rng(31)
    found: dict[str, dict[str, int]] = {change: {} for change in CHANGES}
    for number in range(windows):
        add_window(number, inputs, contract, found)
        if (number + 1) % PART and number + 1 < windows:
            continue
        whole.add(month_of_checks(inputs, contract, draw))
        figures = {
            "windows": number + 1,
            "level_of_a_check": LEVEL.level,
            "found": found,
            "months": {"whole": asdict(whole), "classifier": asdict(classifier)},
            "seconds_of_1_000_000_rows": speed,
        }
        write_report(figures)
        click.echo(f"{number + 1} windows of each change", err=True)
        if time.monotonic() > started + 60 * minutes:
            break


if __name__ == "__main__":
    main()
