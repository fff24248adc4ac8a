"""What is read of a run for the mirror: no tables, no secrets, and metrics in their order."""

from pathlib import Path

from homestead.settings import Settings
from homestead.tracking import runs, tags
from homestead.tracking.wandb_mirror.content import MetricPoint, read_run
from tests.factories import flats_problem

PROBLEM = flats_problem()


def test_certificates_and_reports_are_read_and_tables_are_not(
    settings: Settings, tmp_path: Path
) -> None:
    mlflow = runs.open_client(settings)
    run_tags = {
        tags.PROBLEM: PROBLEM.name,
        tags.SOURCE: "https://someone:secret@example.org/flats.csv",
        tags.REASON: "no candidate is better",
    }
    run_id = runs.start_run(mlflow, settings, PROBLEM, run_tags)
    for name in ("certificate.json", "releases/1.html", "quarantine.csv", "snapshot.parquet"):
        mlflow.log_text(run_id, name, name)
    for step, loss in ((5, 3.0), (2, 4.0)):
        mlflow.log_metric(run_id, "loss", loss, step=step, timestamp=10 - step)
    run = read_run(mlflow, run_id, tmp_path)
    assert {artifact.name: dict(artifact.files) for artifact in run.artifacts} == {
        "certificate": {"certificate.json": b"certificate.json"},
        "reports": {"releases/1.html": b"releases/1.html"},
    }
    assert run.config["source"] == "https://someone:***@example.org/flats.csv"
    assert not {"host", "pid"} & set(run.config)
    assert run.points == (MetricPoint("loss", 3.0, 5), MetricPoint("loss", 4.0, 2))
    assert (run.group, run.note) == (run_id, "no candidate is better")
    mlflow.log_text(run_id, "another", "certificate.json")
    assert read_run(mlflow, run_id, tmp_path).digest() != run.digest()
