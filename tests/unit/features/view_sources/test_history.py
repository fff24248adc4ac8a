"""Lags and windows: each row sees the past rows of its entity alone, in training and in serving."""

import math
import re
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from homestead.features.materialize import materialize
from homestead.features.training_set import training_set
from homestead.features.views import view_tables, write_views
from homestead.problem.contract import Contract
from homestead.problem.encoding import feature_matrix
from homestead.problem.loader import parse_problem
from homestead.problem.schema import Problem
from homestead.serving.inputs.resolver import Resolver
from homestead.settings import Settings
from tests.online import read_views

START = pd.Timestamp("2024-01-01")
HISTORY = {
    "last": "lag(sales, 1)",
    "third": "lag(visits, 3)",
    "week_ago": "lag(sales, 7 days)",
    "half_day_ago": "lag(visits, 12 hours)",
    "mean_4": "mean(sales, 4)",
    "mean_3d": "mean(visits, 3 days)",
    "sum_1w": "sum(visits, 1 week)",
    "count_3d": "count(visits, 3 days)",
    "rows_3d": "count(1, 3 days)",
    "max_2": "max(visits, 2)",
    "min_36h": "min(sales, 36 hours)",
    "median_5": "median(visits, 5)",
    "std_1w": "std(sales, 1 week)",
    "promos": "sum(promo and kind == 'food', 5 days)",
}
UNITS = {"minute": 60, "hour": 3600, "day": 86400, "week": 604800}


def sales_problem(entity: str = "store", horizon_days: float = 7, **changes: Any) -> Problem:
    """Return a problem with a view of past sales."""
    history = changes.get("history", HISTORY)
    names = ", ".join(history)
    return parse_problem(f"""
name: sales
task: regression
source: rows.parquet
key: id
timestamp: day
target: sales
columns:
  id: {{type: integer}}
  day: {{type: timestamp}}
  sales: {{type: number}}
  visits: {{type: number, nullable: true}}
  store: {{type: integer, nullable: true}}
  kind: {{type: category{", allowed: [food, toys]" if entity == "store" else ""}}}
  promo: {{type: boolean, nullable: true}}
derived: {{series: "1", weekday: "weekday(day)"}}
views:
  recent:
    entity: {entity}
    history: {history}
    horizon_days: {horizon_days}
    ttl_days: {changes.get("ttl_days", 5000)}
features: [weekday, promo, {names}]
candidates: {{only: {{estimator: sklearn.linear_model.Ridge}}}}
split: {{validation_from: 2024-02-01, holdout_from: 2024-03-01}}
metric: mae
""")


def sales_rows(
    hours: list[float], sales: list[float], stores: list[float], **columns: Any
) -> pd.DataFrame:
    """Return rows as ingest returns them."""
    count = len(hours)
    times = START + pd.to_timedelta(hours, "h")
    return pd.DataFrame(
        {
            "id": range(count),
            "day": pd.DatetimeIndex(times).astype("datetime64[us]"),
            "sales": np.array(sales, dtype=float),
            "visits": np.where(np.arange(count) % 3 == 1, np.nan, np.arange(count)),
            "store": pd.array([None if math.isnan(s) else int(s) for s in stores], dtype="Int64"),
            "kind": pd.Series(["food", "toys"] * (count // 2 + 1))[:count],
            "promo": pd.array(([True, None, False, True] * count)[:count], dtype="boolean"),
            **columns,
        }
    )


def joined(rows: pd.DataFrame, problem: Problem) -> pd.DataFrame:
    with tempfile.TemporaryDirectory() as folder:
        write_views(view_tables(rows, problem), Path(folder))
        return training_set(rows, Path(folder), problem)


def expected_value(text: str, past: pd.DataFrame) -> float:
    """Return a lag or window of an entity's known rows, in order of time and key."""
    function, argument, span, unit = re.fullmatch(r"(\w+)\((.*), (\d+) ?(\w*)\)", text).groups()  # type: ignore[union-attr]
    if argument.startswith("promo"):
        values = ((past.promo == True).fillna(False) & (past.kind == "food")).astype(float)  # noqa: E712
    else:
        values = past[argument] if argument in past else pd.Series(1.0, past.index)
    back = None
    if unit:
        back = pd.Timedelta(seconds=int(span) * UNITS[unit.removesuffix("s")])
    anchor = past.day.iloc[-1]
    if function == "lag":
        if back is None:
            return values.iloc[-int(span)] if len(values) >= int(span) else math.nan
        unit_length = back / int(span)
        inside = (past.day <= anchor - back) & (past.day > anchor - back - unit_length)
        return values[inside].iloc[-1] if inside.any() else math.nan
    chosen = values.tail(int(span)) if back is None else values[past.day > anchor - back]
    chosen = chosen.dropna()
    if chosen.empty and function != "count":
        return math.nan
    return float(getattr(chosen, function)())


def expected(rows: pd.DataFrame, row: Any, entity: str, horizon_days: float) -> dict[str, float]:
    """Return each feature of a row, by looking at earlier rows only."""
    key = row.store if entity == "store" else 1
    if pd.isna(key):
        return dict.fromkeys(HISTORY, math.nan)
    known = rows if entity != "store" else rows[(rows.store == key).fillna(False)]
    if horizon_days:
        known = known[known.day + pd.Timedelta(days=horizon_days) <= row.day]
    else:
        known = known[known.day < row.day]
    known = known[known.sales.notna()].sort_values(["day", "id"])
    if known.empty:
        return dict.fromkeys(HISTORY, math.nan)
    return {name: expected_value(text, known) for name, text in HISTORY.items()}


series = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.0, 12.0, 24.0, 24.0, 24.0, 24.0, 48.0, 7 * 24.0, 0.001]),
        st.sampled_from([1.0, 2.5, 3.0, 1000.0, 0.1, math.nan]),
        st.sampled_from([1.0, 1.0, 2.0, math.nan]),
    ),
    min_size=1,
    max_size=30,
)


@hypothesis_settings(max_examples=10, deadline=None, phases=(Phase.generate,))
@given(series, st.sampled_from(["store", "series"]), st.sampled_from([0, 0.5, 1, 7]))
def test_each_row_sees_only_earlier_rows_of_its_entity(
    steps: list[tuple[float, float, float]], entity: str, horizon_days: float
) -> None:
    gaps, sales, stores = zip(*steps, strict=True)
    rows = sales_rows(list(np.cumsum(gaps)), list(sales), list(stores))
    result = joined(rows, sales_problem(entity, horizon_days))
    trained = rows[rows.sales.notna()]
    oracle = pd.DataFrame(
        [expected(rows, row, entity, horizon_days) for row in trained.itertuples()],
        columns=[*HISTORY],
    )
    pd.testing.assert_frame_equal(result[list(HISTORY)], oracle.astype(float), rtol=1e-9, atol=1e-9)


def daily_sales(days: int = 60) -> pd.DataFrame:
    """Return daily sales of two stores, the second without some days and some targets."""
    draw = np.random.default_rng(5)
    hours = np.repeat(np.arange(days) * 24.0, 2)
    stores = np.tile([1.0, 2.0], days)
    sales = 100 * stores + 10 * (hours // 24 % 7) + draw.normal(size=2 * days)
    rows = sales_rows(list(hours), list(sales), list(stores))
    return rows[(rows.store == 1) | (draw.random(2 * days) > 0.2)].reset_index(drop=True)


def served(problem: Problem, settings: Settings, row: dict[str, Any]) -> tuple[list[float], Any]:
    """Return the model's inputs of a request, and the views without fresh values."""
    contract = Contract.from_problem(problem)
    steps = Resolver(contract).resolve([row], pd.Timestamp("2030-01-01").timestamp())
    found: Any = None
    try:
        while True:
            found = [
                read_views(contract, settings, {view: [key]})[view][key]
                for view, key in steps.send(found)
            ]
    except StopIteration as end:
        [inputs] = end.value.rows
        return inputs, end.value.views.stale


@pytest.mark.parametrize("entity", ["store", "series"])
@pytest.mark.parametrize("horizon_days", [0, 1, 7])
def test_a_request_gets_what_training_gives_a_row_at_its_time(
    settings: Settings, tmp_path: Path, entity: str, horizon_days: float
) -> None:
    rows, problem = daily_sales(), sales_problem(entity, horizon_days)
    matrix = feature_matrix(joined(rows, problem), Contract.from_problem(problem))
    for time in (START + pd.Timedelta(days=40), START + pd.Timedelta(days=47)):
        limit = time - pd.Timedelta(days=horizon_days)
        past = rows[rows.day <= limit] if horizon_days else rows[rows.day < limit]
        write_views(view_tables(past, problem), tmp_path)
        materialize(tmp_path, problem, settings)
        for i in np.flatnonzero(rows.day == time):
            promo = rows.promo[i]
            row = {
                "day": time.isoformat(),
                "store": int(rows.store[i]),
                "promo": None if pd.isna(promo) else bool(promo),
            }
            inputs, stale = served(problem, settings, row)
            np.testing.assert_array_equal(inputs, matrix[i])
            assert not stale


def test_a_request_for_a_time_before_the_horizon_is_marked(
    settings: Settings, tmp_path: Path
) -> None:
    problem = sales_problem(horizon_days=7)
    write_views(view_tables(daily_sales(60), problem), tmp_path)
    materialize(tmp_path, problem, settings)
    days_ahead = {
        days: served(
            problem,
            settings,
            {"day": (START + pd.Timedelta(days=59 + days)).isoformat(), "store": 1, "promo": True},
        )
        for days in (3, 7, 9)
    }
    assert [set(stale) for _, stale in days_ahead.values()] == [{"recent"}, set(), set()]
    assert days_ahead[7][0][2:] == days_ahead[9][0][2:]


def test_rows_without_a_target_are_no_history_of_it() -> None:
    rows = daily_sales(40)
    rows.loc[rows.day > START + pd.Timedelta(days=30), "sales"] = math.nan
    table = view_tables(rows, sales_problem(horizon_days=1))["recent"]
    assert table.event_timestamp.max().tz_localize(None) == START + pd.Timedelta(days=31)
    others = {"promo_before": "lag(promo, 1)"}
    table = view_tables(rows, sales_problem(horizon_days=1, history=others))["recent"]
    assert table.event_timestamp.max().tz_localize(None) == START + pd.Timedelta(days=40)


def test_values_older_than_the_time_to_live_are_missing() -> None:
    rows = sales_rows([0, 24, 24 * 20], [1, 2, 3], [1, 1, 1])
    history = {"last": "lag(sales, 1)"}
    result = joined(rows, sales_problem(horizon_days=1, history=history, ttl_days=10))
    np.testing.assert_array_equal(result["last"], [math.nan, 1, math.nan])


def test_history_of_a_large_table_is_quick() -> None:
    hours = np.arange(50_000) // 500 * 24.0
    stores = np.tile(np.arange(500.0), 100)
    rows = sales_rows(list(hours), list(np.ones(50_000)), list(stores))
    history = {name: HISTORY[name] for name in ("last", "week_ago", "mean_4", "sum_1w", "median_5")}
    [table] = view_tables(rows, sales_problem(history=history)).values()
    assert len(table) == 50_000
    assert table.mean_4.min() == 1
