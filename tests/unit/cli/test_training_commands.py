"""Commands for training: what they print, and what they record."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from homestead.bundled import bundled_path
from homestead.cli.main import main
from homestead.database.engine import open_database
from homestead.database.job_runs import latest_job_runs
from homestead.names import DEFAULT_PROBLEM_FILE
from homestead.settings import Settings
from tests.conftest import CHURN


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for variable in ("MLFLOW_TRACKING_URI", "HOMESTEAD_DATABASE_URL", "HOMESTEAD_REDIS"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOMESTEAD_HOME", str(tmp_path))


def test_materialize_reports_each_view_and_records_its_end() -> None:
    result = CliRunner().invoke(main, ["materialize", "--problem", str(CHURN)])
    assert result.exit_code == 0, result.output
    assert "customer_facts: 700 entities" in result.output
    engine = open_database(Settings.read().database_url)
    assert set(latest_job_runs(engine, "churn")) == {("materialization", "succeeded")}
    engine.dispose()


@pytest.mark.parametrize("options", [[], ["--upload"], ["--cron", "0 0 3 * * 1"]])
def test_a_backend_that_does_not_answer_is_named(options: list[str]) -> None:
    host = "http://127.0.0.1:9"
    problem = str(bundled_path(DEFAULT_PROBLEM_FILE))
    command = ["submit", "--problem", problem, "--host", host, *options]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 1
    assert (
        f"error: {host}: Kubeflow Pipelines does not answer: nothing listens there" in result.stderr
    )


def test_a_table_of_this_machine_is_not_submitted() -> None:
    command = ["submit", "--problem", str(CHURN), "--host", "http://127.0.0.1:9"]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 1
    assert "which is on this machine" in result.stderr


def test_submitting_needs_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KFP_HOST", raising=False)
    result = CliRunner().invoke(main, ["submit", "--problem", str(CHURN)])
    assert result.exit_code == 2
    assert "KFP_HOST" in result.stderr
