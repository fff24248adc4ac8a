"""The local loop: each job on its schedule, recorded, and one that fails ends nothing."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from homestead.cli.loop.schedule import LoopJob, Schedule
from homestead.cli.main import main
from homestead.database.engine import open_database
from homestead.database.job_runs import latest_job_runs
from homestead.errors import UserError
from homestead.settings import Settings
from tests.conftest import CHURN


class Times:
    """A clock, and the times at which a job ran."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.runs: list[float] = []

    def job(self, report: Callable[[str], None]) -> None:
        self.runs.append(self.now)
        if len(self.runs) > 2:
            raise UserError("the database cannot be read")
        report("fine")


def test_jobs_run_when_they_are_due_and_tell_what_is_new() -> None:
    times, lines = Times(), list[str]()
    job = LoopJob("drift", 60, times.job)
    schedule = Schedule([job], lines.append, {"drift": 990.0}, clock=lambda: times.now)
    for times.now in (1000.0, 1050.0, 1060.0, 1109.0, 1110.0, 1170.0, 1171.0):
        schedule.run_due()
    # The first is due an interval after the last run of the process before.
    assert times.runs == [1050.0, 1110.0, 1170.0]
    assert lines == ["drift: fine", "drift: failed: the database cannot be read"]


def test_without_a_release_the_watch_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOMESTEAD_HOME", str(tmp_path / "home"))
    result = CliRunner().invoke(main, ["watch", "--problem", str(CHURN)])
    assert (result.exit_code, result.output) == (0, "no release yet\n")


def test_the_whole_loop_records_each_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOMESTEAD_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("KFP_HOST", raising=False)

    def stop(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("homestead.cli.loop.watch_command.time.sleep", stop)
    result = CliRunner().invoke(main, ["watch", "--forever", "--problem", str(CHURN)])
    assert "release: no release yet" in result.output
    assert "retraining: none: nothing asks for a training run" in result.output
    engine = open_database(Settings.read().database_url)
    jobs = latest_job_runs(engine, "churn")
    engine.dispose()
    assert set(jobs) == {
        (job, "succeeded") for job in ("release", "drift", "performance", "retraining")
    }
