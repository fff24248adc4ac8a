"""Ingest component: tables, data sheet and the parent run."""

from pathlib import Path

import pandas as pd

from homestead.components.ingest.component import ingest
from tests.components import PIPELINE_RUN, TrainedHome, run_locally


def test_the_function_writes_tables_and_sheet_and_starts_the_run(home: TrainedHome) -> None:
    assert len(pd.read_parquet(home.artifact("ingest", "valid"))) == 700
    assert pd.read_parquet(home.artifact("ingest", "quarantine")).empty
    assert "churn" in home.artifact("ingest", "data_sheet").read_text()
    run = home.client().get_run(home.run_id)
    assert run.data.tags["homestead.pipeline_run"] == PIPELINE_RUN
    assert run.data.tags["homestead.data_hash"] == home.parameter("ingest", "data_hash")
    assert run.data.tags["homestead.commit"] == "c0ffee"
    files = {file.path for file in home.client().list_artifacts(home.run_id)}
    assert {"problem.yaml", "data_sheet.html"} <= files


def test_the_local_runner_gives_the_same_rows(home: TrainedHome, tmp_path: Path) -> None:
    outputs = run_locally(ingest, tmp_path, {"problem": home.problem, "pipeline_run": "local"})
    valid = home.artifact("ingest", "valid")
    assert outputs.artifacts["valid"].read_bytes() == valid.read_bytes()
    assert outputs.parameters["data_hash"] == home.parameter("ingest", "data_hash")
    assert outputs.parameters["run_id"] != home.run_id
