"""Materialize component: feature views, and the latest values online."""

from pathlib import Path

import pandas as pd

from homestead.components.materialize.component import materialize
from tests.components import TrainedHome, run_locally

VIEWS = {"customer_facts.parquet", "region_trouble.parquet"}


def test_the_function_writes_each_view_and_the_online_store(home: TrainedHome) -> None:
    views = home.artifact("materialize", "views")
    assert {path.name for path in views.iterdir()} == VIEWS
    assert "trouble" in pd.read_parquet(views / "region_trouble.parquet")
    assert (home.home / "feast" / "churn.db").stat().st_size > 0


def test_the_local_runner_gives_the_same_views(home: TrainedHome, tmp_path: Path) -> None:
    valid = {"valid": home.artifact("ingest", "valid")}
    outputs = run_locally(materialize, tmp_path, {"problem": home.problem}, valid)
    for name in VIEWS:
        expected = pd.read_parquet(home.artifact("materialize", "views") / name)
        pd.testing.assert_frame_equal(pd.read_parquet(outputs.artifacts["views"] / name), expected)
