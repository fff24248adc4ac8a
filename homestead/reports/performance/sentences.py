"""What follows from the charts of a performance report: one sentence each."""

from collections.abc import Sequence

from homestead.performance.report import PerformanceReport, PeriodFigures, SliceFigures
from homestead.reports.charts import SMALL_GROUP_ROWS, is_small_group
from homestead.reports.wording import metric_title, metric_value, number, percent


def timeline_sentence(
    timeline: Sequence[PeriodFigures], report: PerformanceReport, unit: str
) -> str:
    """Say in how many periods it was worse than tolerated, and what it was in the newest one.

    Args:
        timeline: at least one period with a value.
        unit: of the target.
    """
    kind = "measured" if any(_value(p, "measured") is not None for p in timeline) else "estimated"
    known = [(p, v) for p in timeline if (v := _value(p, kind)) is not None]
    value = metric_value(report.metric, known[-1][1], unit)
    text = f"The newest {kind} {metric_title(report.metric)} is {value}"
    promised = None if report.promised is None else report.promised.value
    if promised is not None:
        text += f", promised were {metric_value(report.metric, promised, unit)}"
    rows = getattr(known[-1][0], kind).rows
    if is_small_group(rows):
        text += f" (only {number(rows)} rows)"
    if report.limit is None:
        return f"{text}."
    sign = -1 if report.higher_is_better else 1
    worse = sum(sign * v > sign * report.limit for _, v in known)
    if not worse:
        return f"{text}; no period was worse than tolerated."
    return f"{text}; {worse} of {len(known)} periods were worse than tolerated."


def slices_sentence(slices: Sequence[SliceFigures], metric: str, unit: str) -> str:
    """Say which slice is the furthest from its own promise, and which are too small to tell.

    Args:
        slices: at least one.
        unit: of the target.
    """
    small = sum(is_small_group(part.measured.rows) for part in slices)
    few = f" {small} have fewer than {SMALL_GROUP_ROWS} rows and say little." if small else ""
    large = [
        part
        for part in slices
        if part.measured.worse_by is not None and not is_small_group(part.measured.rows)
    ]
    if not large:
        return f"No slice can be compared with a promise.{few}"
    worst = max(large, key=lambda part: part.measured.worse_by or 0.0)
    worse_by = worst.measured.worse_by or 0.0
    where = f"{worst.column} = {worst.value}"
    value = metric_value(metric, worst.measured.value, unit)
    harm = sum(part.measured.verdict == "harm" for part in slices)
    verdict = f"{harm} of {len(slices)} slices are harmed" if harm else "no slice is surely harmed"
    if worse_by <= 0:
        return f"Every slice is as good as promised or better; {where} is closest, {value}.{few}"
    return (
        f"Furthest from its promise is {where}: {value}, {percent(worse_by)} worse on"
        f" {number(worst.measured.rows)} rows; {verdict}.{few}"
    )


def _value(period: PeriodFigures, kind: str) -> float | None:
    figure = getattr(period, kind)
    return None if figure is None else figure.value
