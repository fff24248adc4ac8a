"""Features as known at a row's time: never from the future, never too old, the same online."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from homestead.data.ingest import ingest
from homestead.features.materialize import materialize
from homestead.features.online_reader import row_reader
from homestead.features.training_set import training_set
from homestead.features.views import view_tables, write_views
from homestead.problem.contract import Contract
from homestead.problem.schema import Problem
from homestead.settings import Settings
from tests.online import read_views


@pytest.fixture(scope="module")
def valid(churn: Problem) -> pd.DataFrame:
    return ingest(churn).valid


def with_rows(table: pd.DataFrame, rows: dict[str, Any]) -> pd.DataFrame:
    return pd.concat([table, pd.DataFrame(rows)]).astype(table.dtypes.to_dict())


def test_join_takes_the_latest_value_known_before_and_none_from_the_future(
    valid: pd.DataFrame, churn: Problem, tmp_path: Path
) -> None:
    tables = view_tables(valid, churn)
    row = valid[valid.day >= "2024-03-01"].iloc[0]
    day = row.day.tz_localize("UTC")
    planted = {
        "region": row.region,
        "event_timestamp": [day + pd.Timedelta("1h"), day + pd.Timedelta("2D")],
        "trouble": [111.0, 999.0],
    }
    tables["region_trouble"] = with_rows(tables["region_trouble"], planted)
    write_views(tables, tmp_path)
    joined = training_set(valid, tmp_path, churn)
    assert joined.customer.tolist() == valid.customer.tolist()
    mine = joined[joined.region == row.region]
    # Nobody on that day or before may see what was known an hour into it.
    assert not mine.trouble[mine.day <= row.day].isin([111.0, 999.0]).any()
    assert not mine.trouble[mine.day < row.day + pd.Timedelta("2D")].eq(999.0).any()
    seen = mine[mine.trouble.isin([111.0, 999.0])]
    assert (seen.day > row.day).all()


def test_every_joined_value_was_computed_from_earlier_rows_only(
    valid: pd.DataFrame, churn: Problem, tmp_path: Path
) -> None:
    write_views(view_tables(valid, churn), tmp_path)
    joined = training_set(valid, tmp_path, churn)
    cut = pd.Timestamp("2024-04-01")
    write_views(view_tables(valid[valid.day < cut], churn), tmp_path / "early")
    early = training_set(valid[valid.day <= cut], tmp_path / "early", churn)
    pd.testing.assert_series_equal(
        joined.trouble[joined.day <= cut].reset_index(drop=True), early.trouble
    )
    assert joined.trouble.notna().mean() > 0.8
    assert joined.split.value_counts().min() > 50


def test_a_value_beyond_its_time_to_live_is_missing(
    valid: pd.DataFrame, churn: Problem, tmp_path: Path
) -> None:
    tables = view_tables(valid, churn)
    old = tables["region_trouble"]
    tables["region_trouble"] = old[old.event_timestamp < "2024-01-20"]
    write_views(tables, tmp_path)
    joined = training_set(valid, tmp_path, churn)
    age = joined.day - pd.Timestamp("2024-01-20")
    assert joined.trouble[age > pd.Timedelta("90D")].isna().all()
    assert joined.trouble[(age > pd.Timedelta(0)) & (age < pd.Timedelta("60D"))].notna().all()


@pytest.mark.parametrize("store", ["sqlite", "redis"])
def test_online_values_are_the_latest_offline_ones(
    valid: pd.DataFrame,
    churn: Problem,
    tmp_path: Path,
    settings: Settings,
    store: str,
    request: pytest.FixtureRequest,
) -> None:
    if store == "redis":
        settings = settings.model_copy(
            update={"redis_connection": request.getfixturevalue("redis")}
        )
    tables = view_tables(valid, churn)
    write_views(tables, tmp_path)
    materialize(tmp_path, churn, settings)
    contract = Contract.from_problem(churn)
    newest = tables["region_trouble"].groupby("region").last()
    facts = tables["customer_facts"].groupby("customer").last()
    customers = [*facts.index[:50], 99_999]
    # Both views at once, each with keys of its own.
    values = read_views(
        contract, settings, {"region_trouble": [*newest.index, 77], "customer_facts": customers}
    )
    assert values["region_trouble"].pop(77) is None
    assert values["customer_facts"].pop(99_999) is None
    for region, stored in values["region_trouble"].items():
        row = newest.loc[region]
        assert stored == ({"trouble": row.trouble}, row.event_timestamp.timestamp())
    for customer, stored in values["customer_facts"].items():
        assert stored is not None
        row = facts.loc[customer]
        for name, value in stored.values.items():
            assert value == row[name] or (value is None and pd.isna(row[name]))
    # Fresh values replace them.
    moment = pd.Timestamp("2024-09-01", tz="UTC")
    fresh = {"region": [3], "event_timestamp": [moment], "trouble": [0.5]}
    tables["region_trouble"] = with_rows(tables["region_trouble"], fresh)
    write_views(tables, tmp_path)
    materialize(tmp_path, churn, settings)
    stored = read_views(contract, settings, {"region_trouble": [3]})["region_trouble"][3]
    assert stored == ({"trouble": 0.5}, moment.timestamp())
    reader = row_reader(contract, settings)
    freshness = reader.freshness()
    reader.close()
    assert freshness["region_trouble"] == moment.timestamp()
    assert freshness["customer_facts"] < moment.timestamp()
