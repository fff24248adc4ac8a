"""Point-in-time join: the latest known value, its time to live, exact and missing keys, names."""

import math
import string
import tempfile
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


def written(folder: Path, problem: Problem, rows: list[tuple[Any, pd.Timestamp, Any]]) -> Path:
    """Write rows of (key, time, value) as the table of the problem's view."""
    [view] = problem.views.values()
    table = pd.DataFrame(rows, columns=[view.entity, "event_timestamp", *view.features])
    times = table.event_timestamp.astype("datetime64[us]")
    table["event_timestamp"] = times.dt.tz_localize("UTC")
    table = table.astype(dict.fromkeys(view.features, float))
    write_views({"means": table}, folder)
    return folder


def joined(rows: pd.DataFrame, folder: Path, problem: Problem) -> list[float | None]:
    [view] = problem.views.values()
    values = training_set(rows, folder, problem)[view.features[0]]
    return [None if math.isnan(value) else value for value in values]


# Without shrinking, which would take minutes.
PHASES = [Phase.explicit, Phase.generate]
hours = st.integers(0, 96)
view_rows = st.dictionaries(
    st.tuples(st.integers(0, 2), hours), st.one_of(st.none(), st.floats(-5, 5)), max_size=25
)
requests = st.lists(st.tuples(st.integers(0, 3), hours), min_size=1, max_size=25)


@given(known=view_rows, wanted=requests)
@hypothesis_settings(max_examples=15, deadline=None, derandomize=True, phases=PHASES)
def test_a_value_is_the_latest_one_known_within_its_time_to_live(
    known: dict[tuple[int, int], float | None], wanted: list[tuple[int, int]]
) -> None:
    problem = problem_with_view(ttl_days=1.5)
    expected = []
    for key, time in wanted:
        times = [t for k, t in known if k == key and t <= time]
        latest = max(times, default=None)
        is_young = latest is not None and time - latest <= 36
        expected.append(known[key, latest] if latest is not None and is_young else None)
    assert _our_join(problem, known, wanted) == expected


@given(
    known=st.dictionaries(
        st.tuples(st.integers(0, 2), hours), st.floats(-5, 5), min_size=1, max_size=25
    ),
    wanted=requests,
)
@hypothesis_settings(max_examples=5, deadline=None, derandomize=True, phases=PHASES)
def test_the_join_equals_feasts_own(
    known: dict[tuple[int, int], float], wanted: list[tuple[int, int]]
) -> None:
    problem = problem_with_view(ttl_days=2)  # Feast knows whole days only
    assert _our_join(problem, dict(known), wanted) == _feasts_join(problem, known, wanted)


def _our_join(
    problem: Problem, known: dict[tuple[int, int], float | None], wanted: list[tuple[int, int]]
) -> list[float | None]:
    rows = rows_of(
        [START + pd.Timedelta(hours=time) for _, time in wanted],
        shop=pd.array([key for key, _ in wanted], dtype="Int64"),
    )
    table = [(key, START + pd.Timedelta(hours=t), value) for (key, t), value in known.items()]
    with tempfile.TemporaryDirectory() as folder:
        if not table:
            table = [(0, START + pd.Timedelta("999D"), 0.0)]
        return joined(rows, written(Path(folder), problem, table), problem)


def _feasts_join(
    problem: Problem, known: dict[tuple[int, int], float], wanted: list[tuple[int, int]]
) -> list[float | None]:
    table = [(key, START + pd.Timedelta(hours=t), value) for (key, t), value in known.items()]
    times = [START + pd.Timedelta(hours=time) for _, time in wanted]
    entities = pd.DataFrame({"shop": [key for key, _ in wanted], "row": range(len(wanted))})
    entities["event_timestamp"] = pd.Series(times).dt.tz_localize("UTC")
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
        store.apply(feast_objects(problem, written(Path(folder), problem, table)))
        frame = store.get_historical_features(entities, ["means:mean_before"]).to_df()
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
