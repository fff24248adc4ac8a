"""Materialization: each entity its own latest values, in parts, again after a kill."""

import string
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from homestead.errors import UserError
from homestead.features import materialize as module
from homestead.features.materialize import materialize
from homestead.features.online_reader import row_reader
from homestead.features.sqlite_rows import write_sqlite_rows
from homestead.features.views import view_tables, write_views
from homestead.problem.contract import Contract
from homestead.problem.loader import parse_problem
from homestead.problem.schema import Problem
from homestead.settings import Settings
from tests.online import read_views

START = pd.Timestamp("2024-01-01")
NAMES = ("rate_y", "rn", "entity_row_id", "event_expire_timestamp", "__log_date", "Size", "size")


def problem_by(entity: str, names: tuple[str, ...] = ("x",)) -> Problem:
    """Return a problem with a view of columns by an entity."""
    stored_names = dict.fromkeys(("x", *NAMES, *names))
    columns = "\n".join(f"  {name}: {{type: number, nullable: true}}" for name in stored_names)
    return parse_problem(f"""
name: shops
task: regression
source: rows.parquet
key: id
timestamp: day
target: y
columns:
  id: {{type: integer}}
  day: {{type: timestamp}}
  y: {{type: number}}
  shop: {{type: integer, nullable: true}}
  flag: {{type: boolean, nullable: true}}
  town: {{type: category, allowed: ["", "-1", Bern], nullable: true}}
{columns}
views: {{facts: {{entity: {entity}, columns: [{", ".join(names)}]}}}}
features: [x]
candidates: {{only: {{estimator: sklearn.linear_model.Ridge}}}}
split: {{validation_from: 2024-02-01, holdout_from: 2024-03-01}}
metric: mae
""")


def valid_rows(count: int, **columns: Any) -> pd.DataFrame:
    """Return rows of consecutive days as ingest returns them; x counts them."""
    frame = pd.DataFrame(
        {
            "id": range(count),
            "day": (START + pd.to_timedelta(range(count), "D")).astype("datetime64[us]"),
            "y": 1.0,
            "shop": pd.array([1] * count, dtype="Int64"),
            "flag": pd.array([True] * count, dtype="boolean"),
            "town": pd.Series(["Bern"] * count, dtype=object),
            "x": [float(k) for k in range(count)],
            **dict.fromkeys(NAMES, 0.0),
        }
    )
    return frame.assign(**columns)


def run(rows: pd.DataFrame, problem: Problem, settings: Settings, folder: Path) -> dict[str, int]:
    write_views(view_tables(rows, problem), folder)
    return materialize(folder, problem, settings)


def stored(problem: Problem, settings: Settings, keys: list[Any]) -> list[Any]:
    """Return the online values of entities, None for an unknown one."""
    values = read_views(Contract.from_problem(problem), settings, {"facts": keys})["facts"]
    return [None if row is None else tuple(row.values.values()) for row in map(values.get, keys)]


def freshness(problem: Problem, settings: Settings) -> dict[str, float]:
    reader = row_reader(Contract.from_problem(problem), settings)
    try:
        return reader.freshness()
    finally:
        reader.close()


@pytest.fixture(params=["sqlite", "redis"])
def store(settings: Settings, request: pytest.FixtureRequest) -> Settings:
    """Return settings of each online store."""
    if request.param == "sqlite":
        return settings
    return settings.model_copy(update={"redis_connection": request.getfixturevalue("redis")})


def test_neighbouring_integers_above_2_53_are_entities_of_their_own(
    store: Settings, tmp_path: Path
) -> None:
    keys = [2**60 + k for k in range(100)]
    rows = valid_rows(200, shop=pd.array(keys * 2, dtype="Int64"))
    problem = problem_by("shop")
    assert run(rows, problem, store, tmp_path) == {"facts": 100}
    assert stored(problem, store, [2**60 + 100, *keys]) == [
        None,
        *((float(k),) for k in range(100, 200)),
    ]


@pytest.mark.parametrize(
    ("entity", "keys", "entities"),
    [
        ("shop", pd.array([-1, None, 7], dtype="Int64"), [-1, 7]),
        ("flag", pd.array([False, None, True], dtype="boolean"), [0, 1]),
        ("town", pd.Series(["", None, "-1"], dtype=object), ["", "-1"]),
    ],
)
def test_a_row_without_a_key_is_stored_for_nobody(
    settings: Settings, tmp_path: Path, entity: str, keys: Any, entities: list[Any]
) -> None:
    problem = problem_by(entity)
    assert run(valid_rows(3, **{entity: keys}), problem, settings, tmp_path) == {"facts": 2}
    assert stored(problem, settings, entities) == [(0.0,), (2.0,)]


def test_each_feature_has_its_own_values_whatever_its_name(store: Settings, tmp_path: Path) -> None:
    problem = problem_by("shop", NAMES)
    rows = valid_rows(2, **{name: [0.0, float(k)] for k, name in enumerate(NAMES)})
    run(rows, problem, store, tmp_path)
    assert stored(problem, store, [1]) == [tuple(map(float, range(len(NAMES))))]


def test_a_value_that_changed_is_replaced_though_its_time_did_not(
    store: Settings, tmp_path: Path
) -> None:
    problem = problem_by("shop")
    shops = pd.array([1, 2, 2], dtype="Int64")
    run(valid_rows(3, shop=shops), problem, store, tmp_path)
    run(valid_rows(3, shop=shops, x=[None, 5.0, 7.0]), problem, store, tmp_path)
    assert stored(problem, store, [1, 2]) == [None, (7.0,)]


def test_an_entity_that_is_gone_from_the_source_keeps_its_values(
    settings: Settings, tmp_path: Path
) -> None:
    problem = problem_by("shop")
    run(valid_rows(2, shop=pd.array([1, 2], dtype="Int64")), problem, settings, tmp_path)
    run(valid_rows(1, shop=pd.array([2], dtype="Int64"), x=[9.0]), problem, settings, tmp_path)
    assert stored(problem, settings, [1, 2]) == [(0.0,), (9.0,)]


def test_a_run_after_a_kill_ends_with_the_same_values(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_VALUES_PER_WRITE", 7)
    problem = problem_by("shop")
    rows = valid_rows(40, shop=pd.array([k % 20 for k in range(40)], dtype="Int64"))
    sizes: list[int] = []

    def write_twice(path: Path, project: str, view: str, rows: Any) -> None:
        if len(sizes) == 2:
            raise KeyboardInterrupt
        written = list(rows)
        sizes.append(len(written))
        write_sqlite_rows(path, project, view, written)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(module, "write_sqlite_rows", write_twice)
        run(rows, problem, settings, tmp_path)
    assert sizes == [7, 7]
    assert run(rows, problem, settings, tmp_path) == {"facts": 20}
    expected = [(float(k),) for k in range(20, 40)]
    assert stored(problem, settings, list(range(20))) == expected


def test_freshness_is_the_newest_time_of_a_view_once_it_is_complete(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = problem_by("shop")
    with monkeypatch.context() as patch, pytest.raises(OSError, match="full"):
        patch.setattr(module, "write_sqlite_rows", _raise_full)
        run(valid_rows(3), problem, settings, tmp_path)
    assert freshness(problem, settings) == {}
    run(valid_rows(3), problem, settings, tmp_path)
    newest = (START + pd.Timedelta("2D")).timestamp()
    assert freshness(problem, settings) == {"facts": newest}


def _raise_full(*_: Any) -> None:
    raise OSError("disk full")


def test_a_view_without_rows_writes_nothing(settings: Settings, tmp_path: Path) -> None:
    problem = problem_by("shop")
    rows = valid_rows(2, shop=pd.array([None, None], dtype="Int64"))
    assert run(rows, problem, settings, tmp_path) == {"facts": 0}
    assert stored(problem, settings, [1]) == [None]


@pytest.mark.parametrize("store", ["sqlite", "redis"])
def test_no_views_and_empty_views_are_nothing_to_write(
    store: str, settings: Settings, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if store == "redis":
        address = request.getfixturevalue("redis")
        settings = settings.model_copy(update={"redis_connection": address})
    problem = problem_by("shop")
    rows = valid_rows(3, shop=pd.array([None] * 3, dtype="Int64"))
    write_views(view_tables(rows, problem), tmp_path)
    assert materialize(tmp_path, problem, settings) == {"facts": 0}
    without_views = problem.model_copy(update={"views": {}})
    assert materialize(tmp_path, without_views, settings) == {}


def test_features_that_share_a_field_of_redis_are_refused(
    settings: Settings, tmp_path: Path
) -> None:
    settings = settings.model_copy(update={"redis_connection": "nowhere:1"})
    message = r"views\.facts: Redis would hold rpjzzupcu in the same field as facts\.ocjffesni"
    with pytest.raises(UserError, match=message):
        materialize(tmp_path, problem_by("shop", ("ocjffesni", "rpjzzupcu")), settings)


def test_an_entity_may_have_any_name(store: Settings, tmp_path: Path) -> None:
    name = 'Größe "of" ' + string.punctuation
    problem = problem_by("shop")
    view = problem.views["facts"].model_copy(update={"entity": name})
    columns = {**problem.columns, name: problem.columns["shop"]}
    problem = problem.model_copy(update={"columns": columns, "views": {"facts": view}})
    keys = [2**60, 2**60 + 1]
    rows = valid_rows(2, **{name: pd.array(keys, dtype="Int64")})
    run(rows, problem, store, tmp_path)
    assert stored(problem, store, keys) == [(0.0,), (1.0,)]
