"""What drift checks find, and what they find that is not there: ``make bench-drift``."""

import time
from dataclasses import asdict
from typing import Any

import click
import numpy as np
import pandas as pd

from benchmarks.drift.house_sales import read_inputs
from benchmarks.drift.independent import independent_inputs
from benchmarks.drift.months import Months, classifier_months, month_of_checks
from benchmarks.drift.report import write_report
from benchmarks.drift.rules import LEVEL, Rules
from benchmarks.drift.speed import measure_speed
from benchmarks.drift.windows import CHANGES, Setting
from homestead.threads import reproducible_threads

# Windows of each change; results are written after each such part.
PART = 20
_MONTHS = 50


def add_window(number: int, setting: Setting, found: dict[str, dict[str, int]]) -> None:
    """Draw a window, change it in each way, and count which rules find drift."""
    draw = np.random.default_rng(number)
    reference, window = setting.draw(draw)
    rules = Rules(reference, setting.contract)
    for name, change in CHANGES.items():
        changed = change(window, setting, draw)
        for rule, drifted in rules.verdicts(changed).items():
            found[name][rule] = found[name].get(rule, 0) + drifted


class MonthsOfChecks:
    """Simulated months of checks of the house sales, one more at each part of the windows."""

    def __init__(self, inputs: pd.DataFrame, setting: Setting) -> None:
        self._inputs, self._contract = inputs, setting.contract
        self._draw = np.random.default_rng(31)
        self._whole, self._classifier = Months(), classifier_months(1000)
        self._seconds = measure_speed(inputs, setting.contract)

    def add(self) -> dict[str, Any]:
        """Add a month, up to 50, and return the figures so far."""
        if self._whole.months < _MONTHS:
            self._whole.add(month_of_checks(self._inputs, self._contract, self._draw))
        months = {"whole": asdict(self._whole), "classifier": asdict(self._classifier)}
        return {"months": months, "seconds_of_1_000_000_rows": self._seconds}


def run(setting: Setting, windows: int, deadline: float, months: MonthsOfChecks | None) -> None:
    """Draw windows until there are enough, or the time is over."""
    found: dict[str, dict[str, int]] = {change: {} for change in CHANGES}
    for number in range(windows):
        add_window(number, setting, found)
        if (number + 1) % PART and number + 1 < windows:
            continue
        figures = {
            "title": setting.title,
            "windows": number + 1,
            "level_of_a_check": LEVEL.level,
            "found": found,
        }
        write_report(setting.name, figures | (months.add() if months else {}))
        click.echo(f"{setting.title}: {number + 1} windows of each change", err=True)
        if time.monotonic() > deadline:
            break


@click.command()
@click.option("--windows", default=1000, show_default=True, help="Windows of each change.")
@click.option("--minutes", default=120.0, show_default=True, help="Fewer are drawn then.")
@click.option(
    "--inputs",
    type=click.Choice(["both", "house_sales", "independent"]),
    default="both",
    show_default=True,
    help="What windows are drawn from.",
)
def main(windows: int, minutes: float, inputs: str) -> None:
    """Measure power, false alarms and time."""
    deadline = time.monotonic() + 60 * minutes
    # Of windows as small as these, BLAS with two threads takes twice the processor time.
    with reproducible_threads():
        if inputs != "independent":
            sales, setting = read_inputs()
            run(setting, windows, deadline, MonthsOfChecks(sales, setting))
        if inputs != "house_sales":
            run(independent_inputs(), windows, deadline, None)


if __name__ == "__main__":
    main()
