"""A small result of a backtest, and a table whose rents change while it is replayed."""

import numpy as np
import pandas as pd

from homestead.problem.loader import parse_problem
from homestead.reports.backtest.result import (
    BacktestResult,
    Measured,
    ReplayedAlert,
    ReplayedPeriod,
    ReplayedTraining,
    StrategyResult,
)

DAY = 86_400.0


def _strategy(name: str, value: float, difference: Measured | None) -> StrategyResult:
    return StrategyResult.model_validate(
        {
            "name": name,
            "overall": Measured(value=value, low=value - 0.01, high=value + 0.01),
            "less_never": difference,
            "periods": [
                ReplayedPeriod(
                    since=n * 7 * DAY, until=(n + 1) * 7 * DAY, rows=10, value=value, version="1"
                )
                for n in range(6)
            ],
            "trainings": [
                ReplayedTraining(at=0, reason="the first", decision="promote", version="1", rows=9),
                ReplayedTraining(
                    at=14 * DAY, reason="harm <b>", decision="promote", version="2", rows=99
                ),
                ReplayedTraining(at=21 * DAY, reason="age", decision="reject", version="2", rows=9),
            ],
            "alerts": [
                ReplayedAlert(at=14 * DAY, reason="worse & worse"),
                ReplayedAlert(at=28 * DAY, reason="drift share 0.50", kind="drift"),
            ],
        }
    )


def backtest_result(difference: Measured) -> BacktestResult:
    return BacktestResult(
        problem="flats",
        metric="mape",
        since=0,
        until=42 * DAY,
        period_days=7,
        validation_days=28,
        holdout_days=28,
        candidates=("ridge",),
        rows=60,
        strategies=(_strategy("never", 0.13, None), _strategy("loop", 0.12, difference)),
    )


PROBLEM = parse_problem(
    """
name: flats
task: regression
source: flats.csv
key: id
timestamp: day
target: rent
columns:
  id: {type: integer}
  day: {type: timestamp}
  rent: {type: number}
  area: {type: number}
  zone: {type: integer}
views:
  market:
    entity: zone
    features: [level]
    ttl_days: 400
    missing: "null"
    query: |
      SELECT zone, day + INTERVAL 1 DAY AS event_timestamp, avg(rent / area) OVER before AS level
      FROM rows WINDOW before AS (PARTITION BY zone ORDER BY day
        RANGE BETWEEN INTERVAL 28 DAY PRECEDING AND CURRENT ROW)
features: [area, level]
candidates:
  ridge: {estimator: sklearn.linear_model.Ridge, parameters: {alpha: 1.0}}
split: {validation_from: last 28 days, holdout_from: last 14 days}
metric: mape
gate: {limits: {mape: 0.5}}
performance: {window_days: 28, min_rows: 50, tolerance: 0.1}
drift: {min_rows: 50}
"""
)
# Days of the table. The first model knows nothing of the change.
START, POISONED, LAST = 84, 140, 168


def table(poisoned: bool = False) -> pd.DataFrame:
    """Return three flats a day; from a day on each rent is half as high again."""
    draw = np.random.default_rng(0)
    day = np.repeat(np.arange(LAST), 3)
    area = draw.uniform(20, 90, len(day))
    rent = 9 * area * np.where(day >= START, 1.5, 1.0) + draw.normal(0, 20, len(day))
    rows = pd.DataFrame(
        {
            "id": np.arange(len(day)),
            "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(day, "D"),
            "rent": rent,
            "area": area,
            "zone": draw.integers(0, 3, len(day)),
        }
    )
    if poisoned:
        later = day >= POISONED
        rows.loc[later, ["rent", "area"]] = draw.uniform(1e5, 1e6, (later.sum(), 2))
        rows.loc[later, "zone"] = 99
    return rows
