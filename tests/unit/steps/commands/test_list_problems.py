"""The table of problems, here and on a cluster."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from homestead.database.drift_reports import write_drift_report
from homestead.database.engine import open_database
from homestead.database.job_runs import write_job_run
from homestead.deployment.problems.status import DeployedProblem
from homestead.errors import UserError
from homestead.release.plan import ModelVersion, ReleasePlan, write_plan
from homestead.settings import Settings
from homestead.steps.commands import list_problems
from homestead.tracking import runs
from tests.factories import drift_report_row


def plan(problem: str, age: timedelta) -> ReleasePlan:
    created = datetime.now(UTC) - age
    version = ModelVersion(version="7", digest="a" * 64, uri="/model.onnx", created=created)
    return ReleasePlan(problem=problem, champion=version)


def test_problems_of_the_home_with_what_the_database_tells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_registry(_: Settings) -> None:
        raise UserError("no registry")

    monkeypatch.setattr(runs, "open_client", no_registry)
    settings = Settings(home=tmp_path)
    assert list_problems.local_problems(settings) == ["there is no problem yet"]
    for problem, age in (("flats", timedelta(hours=3)), ("wine", timedelta(days=400))):
        write_plan(settings.release_plan(problem), plan(problem, age))
    engine = open_database(settings.database_url)
    write_drift_report(engine, drift_report_row(problem="flats", verdict="drift"))
    engine.dispose()
    write_job_run(settings.database_url, "flats", "drift", "failed")
    assert list_problems.local_problems(settings) == [
        "problem  champion  age    alerts",
        "flats    7         3 h    HomesteadDrift, HomesteadTaskFailed (drift)",
        "wine     7         400 d  HomesteadModelTooOld",
    ]


def test_problems_of_a_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    released = json.dumps(json.loads(plan("flats", timedelta(minutes=5)).to_json()))
    found = [
        DeployedProblem("flats", "red", released, 2, 2, ()),
        DeployedProblem("wine", "red", "", 0, 2, ("HomesteadDrift",)),
        DeployedProblem("wool", "red", "{}", 0, 0, None),
    ]
    monkeypatch.setattr(list_problems, "deployed_problems", lambda _: found)
    _, flats, wine, wool = (line.split() for line in list_problems.cluster_problems())
    assert flats == ["red", "flats", "7", "5", "min", "2/2", "-"]
    assert wine == ["red", "wine", "-", "-", "0/2", "HomesteadDrift"]
    # A plan of a later version, which this one cannot read.
    assert wool == ["red", "wool", "?", "-", "0/0", "?"]
