"""Point-in-time join: the latest known value, its time to live, exact and missing keys, names."""

import math
import string
import tempfile
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from feast import FeatureStore, RepoConfig
from hypothesis import Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from homestead.features.feast_objects import feast_objects
from homestead.features.training_set import training_set
from homestead.features.views import view_tables, write_views
from homestead.problem.loader import parse_problem
from homestead.problem.schema import Problem

START = pd.Timestamp("2024-01-01")
_COLUMNS = """
  id: {type: integer}
  day: {type: timestamp}
  x: {type: number}
  y: {type: number}
  shop: {type: integer, nullable: true}
  flag: {type: boolean, nullable: true}
  town: {type: category, allowed: ["", "-1", nan, Bern], nullable: true}
"""


def problem_with_view(
    entity: str = "shop", feature: str = "mean_before", ttl_days: float = 2, **more: Any
) -> Problem:
    """Return a problem whose view's values are written by the test, not by its query."""
    return parse_problem(f"""
name: shops
task: regression
source: rows.parquet
key: id
timestamp: day
target: y
columns: {_COLUMNS}
derived: {{half: "x / 2"}}
views:
  means:
    entity: {entity}
    features: [{feature}]
    ttl_days: {ttl_days}
    query: {more.get("query", "SELECT 1")}
features: [x, {feature}]
candidates: {{only: {{estimator: sklearn.linear_model.Ridge}}}}
split: {{validation_from: 2024-02-01, holdout_from: 2024-03-01}}
metric: mae
""")


def rows_of(times: list[pd.Timestamp], **columns: Any) -> pd.DataFrame:
    """Return valid rows with the given times and columns, as ingest returns them."""
    count = len(times)
    frame = pd.DataFrame(
        {
            "id": range(count),
            "day": pd.Series(times, dtype="datetime64[us]"),
            "x": [float(i) for i in range(count)],
            "y": 1.0,
            "shop": pd.array([1] * count, dtype="Int64"),
            "flag": pd.array([True] * count, dtype="boolean"),
            "town": pd.Series(["Bern"] * count, dtype=object),
        }
    )
    return frame.assign(**columns)


def written(
    folder: Path, problem: Problem, rows: list[tuple[Any, pd.Timestamp, Any]], zone: str = "UTC"
) -> Path:
    """Write rows of (key, time in UTC, value) as the table of the problem's view, in a zone."""
    [view] = problem.views.values()
    table = pd.DataFrame(rows, columns=[view.entity, "event_timestamp", *view.features])
    times = table.event_timestamp.astype("datetime64[us]")
    table["event_timestamp"] = times.dt.tz_localize("UTC").dt.tz_convert(zone)
    table = table.astype(dict.fromkeys(view.features, float))
    write_views({"means": table}, folder)
    return folder


def joined(rows: pd.DataFrame, folder: Path, problem: Problem) -> list[float | None]:
    [view] = problem.views.values()
    values = training_set(rows, folder, problem)[view.features[0]]
    return [None if math.isnan(value) else value for value in values]


# Without shrinking, which would take minutes.
PHASES = [Phase.explicit, Phase.generate]
# Hours before and after the changes to and from summer time, in which local times are repeated or
# missing; views and requests may be in zones with them.
SPRING, AUTUMN = pd.Timestamp("2024-03-31 01:00"), pd.Timestamp("2024-10-27 01:00")
ZONES = ("UTC", "Europe/Zurich", "America/New_York", "Asia/Kathmandu")
TTL = timedelta(days=2)
MICROSECOND = timedelta(microseconds=1)
# Neighbours that floats of 32 or 64 bits, and integers of 32, would take for one.
ids = st.one_of(
    st.integers(-3, 3),
    *(st.integers(start - 2, start + 2) for start in (2**24, 2**31, 2**53, 2**60, -(2**53))),
)
offsets = st.one_of(
    st.integers(-50, 50).map(lambda hours: timedelta(hours=hours)),
    st.integers(-3, 3).map(lambda count: count * MICROSECOND),
)


@st.composite
def histories(draw: st.DrawFn) -> tuple[dict[pd.Timestamp, float | None], list[pd.Timestamp]]:
    """Draw an entity's values by their times, and the times at which they are asked for.

    Times of requests are those of values, those at which one gets too old, and a microsecond
    before and after.
    """
    start = draw(st.sampled_from([START, SPRING, AUTUMN]))
    values = st.one_of(st.none(), st.floats(allow_nan=False), st.just(-0.0))
    known = {start + offset: v for offset, v in draw(st.lists(st.tuples(offsets, values)))[:5]}
    near = st.sampled_from([time + ttl for time in known or [start] for ttl in (0 * TTL, TTL)])
    beside = st.builds(lambda time, count: time + count * MICROSECOND, near, st.integers(-1, 1))
    asked = st.one_of(beside, offsets.map(lambda offset: start + offset))
    return known, draw(st.lists(asked, min_size=1, max_size=6))


# A join of Feast's takes as long for many entities as for one.
entities = st.dictionaries(ids, histories(), min_size=15, max_size=30)


def latest_value(
    known: dict[pd.Timestamp, float | None], time: pd.Timestamp, ttl: timedelta
) -> float | None:
    """Return the newest value known at a time, None if there is none, or it is older than ttl."""
    newest = max((at for at in known if at <= time), default=None)
    return None if newest is None or time - newest > ttl else known[newest]


@given(drawn=entities, missing=st.lists(histories(), max_size=3), zone=st.sampled_from(ZONES))
@hypothesis_settings(max_examples=15, deadline=None, derandomize=True, phases=PHASES)
def test_a_value_is_the_latest_one_known_within_its_time_to_live(
    drawn: dict[int, Any], missing: list[Any], zone: str
) -> None:
    """Rows without a key get none. Feast, for which null makes floats of keys, is not asked."""
    ttl_days = 1.5
    requests: list[Any] = [(k, time) for k, (_, times) in drawn.items() for time in times]
    requests += [(None, time) for _, times in missing for time in times]
    expected = [
        None if key is None else latest_value(drawn[key][0], time, timedelta(days=ttl_days))
        for key, time in requests
    ]
    assert bits(_our_join(drawn, requests, zone, ttl_days)) == bits(expected)


@given(drawn=entities, zone=st.sampled_from(ZONES), asked_in=st.sampled_from(ZONES))
@hypothesis_settings(max_examples=5, deadline=None, derandomize=True, phases=PHASES)
def test_the_join_equals_feasts_own(drawn: dict[int, Any], zone: str, asked_in: str) -> None:
    """One value for each entity and time: which of two Feast takes is open without a third column.

    Its times to live are whole days. Any other law is tested against plain Python, above.
    """
    requests = [(key, time) for key, (_, times) in drawn.items() for time in times]
    found = _our_join(drawn, requests, zone, TTL.days)
    assert bits(found) == bits(_feasts_join(drawn, requests, zone, asked_in))
    assert bits(found) == bits([latest_value(drawn[k][0], time, TTL) for k, time in requests])


def bits(values: list[float | None]) -> list[str]:
    """Return values in a form in which -0.0 is not 0.0."""
    return ["" if value is None else value.hex() for value in values]


def _view_rows(drawn: dict[int, Any]) -> list[tuple[int, pd.Timestamp, float | None]]:
    rows = [(key, at, value) for key, (known, _) in drawn.items() for at, value in known.items()]
    # A Parquet file has a row at least.
    return rows or [(2**40, START, 0.0)]


def _our_join(
    drawn: dict[int, Any],
    requests: Sequence[tuple[int | None, pd.Timestamp]],
    zone: str,
    ttl_days: float,
) -> list[float | None]:
    problem = problem_with_view(ttl_days=ttl_days)
    keys = pd.array([key for key, _ in requests], dtype="Int64")
    rows = rows_of([time for _, time in requests], shop=keys)
    with tempfile.TemporaryDirectory() as folder:
        return joined(rows, written(Path(folder), problem, _view_rows(drawn), zone), problem)


def _feasts_join(
    drawn: dict[int, Any], requests: list[tuple[int, pd.Timestamp]], zone: str, asked_in: str
) -> list[float | None]:
    problem = problem_with_view(ttl_days=TTL.days)
    wanted = pd.DataFrame({"shop": [key for key, _ in requests], "row": range(len(requests))})
    times = pd.Series([time for _, time in requests], dtype="datetime64[us]")
    wanted["event_timestamp"] = times.dt.tz_localize("UTC").dt.tz_convert(asked_in)
    with tempfile.TemporaryDirectory() as folder:
        store = FeatureStore(
            config=RepoConfig(
                project="shops",
                provider="local",
                registry={"registry_type": "file", "path": f"{folder}/registry.pb"},
                online_store={"type": "sqlite", "path": f"{folder}/online.db"},
                offline_store={"type": "duckdb"},
                entity_key_serialization_version=3,
            )
        )
        files = written(Path(folder), problem, _view_rows(drawn), zone)
        store.apply(feast_objects(problem, files))
        frame = store.get_historical_features(wanted, ["means:mean_before"]).to_df()
    values = frame.set_index("row").sort_index().mean_before
    return [None if math.isnan(value) else value for value in values]


def test_the_time_to_live_includes_its_last_microsecond(tmp_path: Path) -> None:
    problem = problem_with_view(ttl_days=0.5)
    end = START + timedelta(hours=12)
    rows = rows_of([end, end + timedelta(microseconds=1)])
    assert joined(rows, written(tmp_path, problem, [(1, START, 7.0)]), problem) == [7.0, None]


def test_neighbouring_integers_above_2_53_stay_apart(tmp_path: Path) -> None:
    keys = [2**60 + k for k in range(100)]
    rows = rows_of([START] * 101, shop=pd.array([*keys, None], dtype="Int64"))
    table = [(key, START, float(k)) for k, key in enumerate(keys)]
    problem = problem_with_view()
    assert joined(rows, written(tmp_path, problem, table), problem) == [*range(100), None]


@pytest.mark.parametrize(
    ("entity", "keys", "stored"),
    [
        ("shop", pd.array([-1, None, 0], dtype="Int64"), [-1, 0]),
        ("flag", pd.array([True, None, False], dtype="boolean"), [1, 0]),
        ("town", pd.Series(["", None, "nan"], dtype=object), ["", "nan"]),
        ("half", None, [-1, 0]),
    ],
)
def test_a_row_without_a_key_gets_no_value_and_the_sentinels_keep_theirs(
    tmp_path: Path, entity: str, keys: Any, stored: list[Any]
) -> None:
    problem = problem_with_view(entity)
    rows = rows_of([START] * 3, **({"x": [-0.5, None, 0.5]} if keys is None else {entity: keys}))
    table = [(stored[0], START, 1.0), (stored[1], START, 2.0)]
    assert joined(rows, written(tmp_path, problem, table), problem) == [1.0, None, 2.0]


def test_rows_keep_their_order_and_columns(tmp_path: Path) -> None:
    problem = problem_with_view()
    times = [START + timedelta(days=k % 40) for k in range(3000)]
    rows = rows_of(times, shop=pd.array([k % 7 for k in range(3000)], dtype="Int64"))
    table = [(key, START, float(key)) for key in range(7)]
    result = training_set(rows, written(tmp_path, problem, table), problem)
    pd.testing.assert_frame_equal(result[list(rows)], rows)
    assert list(result) == [*rows, "half", "mean_before", "split"]
    young = rows.day <= START + timedelta(days=2)
    assert (result.mean_before[young] == rows.shop[young]).all()
    assert result.mean_before[~young].isna().all()


@pytest.mark.parametrize(
    "name", ["rate_y", "rn", "entity_row_id", "event_expire_timestamp", "homestead_row", "select"]
)
def test_any_name_of_a_feature_is_joined(tmp_path: Path, name: str) -> None:
    problem = problem_with_view(feature=name)
    folder = written(tmp_path, problem, [(1, START, 7.0)])
    assert joined(rows_of([START]), folder, problem) == [7.0]


def test_a_column_of_the_key_may_have_any_name(tmp_path: Path) -> None:
    name = 'Size "of" ' + string.punctuation
    problem = problem_with_view()
    columns = {**problem.columns, name: problem.columns["shop"]}
    quoted = name.replace('"', '""')
    view = problem.views["means"].model_copy(
        update={
            "entity": name,
            "query": f'SELECT "{quoted}", day AS event_timestamp, x AS mean_before FROM rows',  # noqa: S608
        }
    )
    problem = problem.model_copy(update={"columns": columns, "views": {"means": view}})
    rows = rows_of([START, START], **{name: pd.array([2**60, 2**60 + 1], dtype="Int64")})
    write_views(view_tables(rows, problem), tmp_path)
    assert joined(rows, tmp_path, problem) == [0.0, 1.0]
