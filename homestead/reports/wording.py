"""Formatting of numbers and names, so that a metric looks the same on every page."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from homestead.problem.model_metrics.table import MODEL_METRICS


def metric_title(name: str) -> str:
    """Return a metric's title, or its name where a certificate holds one that is unknown here."""
    metric = MODEL_METRICS.get(name)
    return metric.title if metric else name


def better_direction(name: str) -> Literal["higher", "lower"]:
    """Return which values of a metric are better."""
    metric = MODEL_METRICS.get(name)
    return "higher" if metric and metric.higher_is_better else "lower"


def is_share(name: str) -> bool:
    """Return whether a metric is written as a percentage."""
    metric = MODEL_METRICS.get(name)
    return metric is not None and metric.unit == "share"


def metric_label(name: str, target_unit: str = "") -> str:
    """Return a metric's title with its unit, as an axis or a table names it.

    Args:
        target_unit: of the problem's target; '' for none.
    """
    metric = MODEL_METRICS.get(name)
    unit = {"share": "%", "target": target_unit}.get(metric.unit if metric else "", "")
    return f"{metric_title(name)}, {unit}" if unit else metric_title(name)


def sentence(text: str) -> str:
    """Return a text with a capital letter and a full stop; '' stays ''."""
    text = text[:1].upper() + text[1:]
    return text if not text or text.endswith((".", "?", "!")) else f"{text}."


def joined(names: Sequence[str]) -> str:
    """Return names as a list in a sentence: a, b and c."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def source_name(source: str) -> str:
    """Return a URI unchanged, and of a path only the file name: folders differ by machine."""
    return source if "://" in source else Path(source).name


def number(value: object) -> str:
    """Return a number with about four digits (1,234,567; 12.3; 0.01234), – if there is none."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return "–"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    size = abs(value)
    if isinstance(value, int) or size >= 1000:
        return f"{value:,.0f}"
    if size and size < 1e-4:
        return f"{value:.1e}"
    return f"{value:,.4g}"


def percent(value: float | None, digits: int = 1) -> str:
    """Return a share as a percentage: 0.1234 is 12.3%."""
    if value is None or not math.isfinite(value):
        return "–"
    return f"{100 * value:.{digits}f}%".replace("-", "−")


def metric_value(metric: str, value: float | None, target_unit: str = "") -> str:
    """Return a metric's value in its own unit.

    Args:
        target_unit: of the problem's target, which some metrics have; '' leaves it out.
    """
    if is_share(metric):
        return percent(value, 2)
    known = MODEL_METRICS.get(metric)
    has_unit = target_unit and value is not None and known and known.unit == "target"
    return f"{number(value)} {target_unit}" if has_unit else number(value)


def difference(metric: str, value: float | None) -> str:
    """Return the difference of two values of a metric with its sign, of shares in points."""
    if value is None or not math.isfinite(value):
        return "–"
    sign = "−" if value < 0 else "+"
    size = abs(value)
    if is_share(metric):
        return f"{sign}{100 * size:.2f} points"
    return f"{sign}{number(size)}"


def duration(seconds: float) -> str:
    """Return a duration in the two largest units that it has: 2 h 5 min, 3 min 20 s, 0.4 s."""
    if seconds < 10:
        return f"{seconds:.1f} s".replace(".0 ", " ")
    units = (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1))
    rest = round(seconds)
    parts: list[tuple[int, str]] = []
    for name, size in units:
        count, rest = divmod(rest, size)
        if count or parts:
            parts.append((count, name))
    return " ".join(f"{count} {name}" for count, name in parts[:2] if count)
