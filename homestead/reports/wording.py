"""How reports write figures: the same metric looks the same on every page."""

import math
from typing import Any

METRIC_NAMES = {
    "mape": "mean absolute percentage error",
    "mae": "mean absolute error",
    "rmse": "root mean squared error",
    "r2": "R², explained variance",
    "log_loss": "log loss",
    "accuracy": "accuracy",
    "f1": "F1, mean over classes",
    "roc_auc": "area under the ROC curve",
}
PERCENT = frozenset({"mape", "accuracy"})


def number(value: Any) -> str:
    """A figure with about four digits: 1,234,567, 12.3, 0.01234, and – for none."""
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
    """A share as a percentage: 0.1234 is 12.3%."""
    if value is None or not math.isfinite(value):
        return "–"
    return f"{100 * value:.{digits}f}%".replace("-", "−")


def figure(metric: str, value: float | None) -> str:
    """A metric's value in its own unit."""
    return percent(value, 2) if metric in PERCENT else number(value)


def signed(metric: str, value: float | None) -> str:
    """A difference of a metric's values, with its sign; of percentages in points."""
    if value is None or not math.isfinite(value):
        return "–"
    sign = "−" if value < 0 else "+"
    size = abs(value)
    if metric in PERCENT:
        return f"{sign}{100 * size:.2f} points"
    return f"{sign}{number(size)}"
