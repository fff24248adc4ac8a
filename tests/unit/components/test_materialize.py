"""Materialize component: the latest values online, and the data's documents in the run."""

from pathlib import Path

from homestead.components.materialize.component import materialize
from tests.components import TrainedHome, run_locally


def test_the_function_fills_the_online_store_and_logs_the_data_sheet(home: TrainedHome) -> None:
    assert (home.home / "feast" / "churn.db").stat().st_size > 0
    files = {file.path for file in home.client().list_artifacts(home.run_id)}
    assert {"problem.yaml", "data_sheet.html"} <= files
    assert "quarantine.csv" not in files


def test_the_local_runner_logs_bad_rows(home: TrainedHome, tmp_path: Path) -> None:
    bad_rows = tmp_path / "bad.csv"
    bad_rows.write_text("line,reason\n7,no value\n")
    artifacts = {
        "views": home.artifact("training_set", "views"),
        "data_sheet": home.artifact("ingest", "data_sheet"),
        "quarantine": bad_rows,
    }
    mlflow = home.client()
    run = mlflow.create_run(mlflow.get_run(home.run_id).info.experiment_id)
    parameters = {"problem": home.problem, "run_id": run.info.run_id}
    run_locally(materialize, tmp_path / "run", parameters, artifacts)
    files = {file.path for file in mlflow.list_artifacts(run.info.run_id)}
    assert files == {"data_sheet.html", "quarantine.csv"}
