"""Release component: the release plan names the registry's champion."""

from pathlib import Path

from homestead.components.release.component import release
from homestead.release.plan import read_plan
from homestead.tracking.registry import champion
from tests.components import TrainedHome, run_locally
from tests.conftest import settings_at


def test_the_function_releases_the_champion(home: TrainedHome) -> None:
    plan = read_plan(settings_at(home.home).release_plan("churn"))
    assert plan.champion == champion(home.client(), "churn")
    assert plan.challenger is None
    assert home.client().get_run(home.run_id).data.tags["homestead.version"] == "1"


def test_the_local_runner_releases_a_champion_that_no_plan_names(
    home: TrainedHome, tmp_path: Path
) -> None:
    path = settings_at(home.home).release_plan("churn")
    path.unlink()
    parameters = {"problem": home.problem, "run_id": home.run_id, "registered": False}
    run_locally(release, tmp_path, parameters)
    assert read_plan(path).champion == champion(home.client(), "churn")
