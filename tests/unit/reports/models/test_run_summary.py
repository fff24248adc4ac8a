"""Summary of a run in Markdown: decision, figures and links."""

from homestead.reports.models.run_summary import run_summary
from tests.factories import certificate


def test_a_summary_holds_decision_figures_candidates_and_links() -> None:
    issued = certificate()
    links = {"Run in MLflow": "http://mlflow:5000/#/experiments/1/runs/r1"}
    text = run_summary(issued, "mae", {"ridge": 40.0, "lasso": 50.5}, "r1", links)
    lines = text.splitlines()
    assert lines[0].startswith(f"# {issued.problem}: ")
    assert issued.reason in lines
    assert any(line.startswith("| mae | 42.5 (") for line in lines)
    assert "| ridge | 40 |" in lines
    assert "- [Run in MLflow](http://mlflow:5000/#/experiments/1/runs/r1)" in lines
