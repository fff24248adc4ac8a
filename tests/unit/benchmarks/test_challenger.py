"""Cost of a challenger: ratios of rounds in turn, what the server says it did, and the plans."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.serving.challenger import _with_plan
from benchmarks.serving.challenger_report import PLANS, Plan, compare_plans, served_shares, write
from benchmarks.serving.measure import Round
from benchmarks.serving.systems import SYSTEMS
from benchmarks.serving.world import PROBLEM, World, signed_version
from homestead.problem.loader import load_problem
from homestead.release.plan import ReleasePlan, read_plan, write_plan
from homestead.serving.models.certificates import verify_plan
from homestead.serving.models.model_files import ModelFiles
from homestead.settings import Settings
from tests.small_models import small_onnx

METRICS = """\
homestead_release_requests_total{model="house_price",role="champion"} 30.0
homestead_release_requests_total{model="house_price",role="challenger"} 10.0
homestead_release_pairs_total{model="house_price"} 4.0
homestead_release_failures_total{kind="error",model="house_price",side="champion"} 1.0
homestead_release_failures_total{kind="error",model="house_price",side="challenger"} 2.0
"""


def rounds(*speeds: float) -> list[Round]:
    return [Round(rps=speed, cpu_us=1e6 / speed, failed=0, p50_us=1, p99_us=2) for speed in speeds]


def test_a_ratio_is_of_rounds_in_turn(tmp_path: Path) -> None:
    # The machine is half as fast in the second round, and twice as fast in the third.
    alone, half = (1000, 500, 2000), (500, 250, 1000)
    compared = compare_plans([rounds(*alone), rounds(*half), rounds(*half), rounds(*alone)])
    assert list(compared) == [plan.name for plan in PLANS]
    assert [compared[name]["rps_ratio"] for name in compared] == [1.0, 0.5, 0.5, 1.0]
    assert compared["shadow"]["cpu_ratio"] == 2.0

    shares = served_shares(METRICS)
    assert shares == {"challenger_share": 0.25, "pair_share": 0.1, "failures": 3.0}
    figures = {
        "machine": {"cpu": "some"},
        **{"commit": "abc", "load_before": 9.0, "rounds": 3, "seconds": 1.0},
        "scenarios": {"full@1": compared},
        "plans": {plan.name: {"title": plan.title, **shares} for plan in PLANS},
    }
    text = write(figures, tmp_path)
    assert "| full@1 | no challenger | 1,000 (500 to 2,000) |" in text
    assert "| no challenger | 25.0% | 10.0% | 3 |" in text
    assert "Not alone" in text
    assert (tmp_path / "challenger.md").read_text() == text


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.name)
def test_each_plan_is_one_that_a_server_follows(tmp_path: Path, plan: Plan) -> None:
    (ours,) = (system for system in SYSTEMS if system.name == "homestead")
    model = tmp_path / "model.onnx"
    model.write_bytes(small_onnx())
    problem = load_problem(PROBLEM)
    world = World(problem, tmp_path, model, [], [], np.empty(0), np.empty(0))
    before = Settings(home=world.home(ours.home))
    champion = signed_version(before, problem.name, model, "1")
    write_plan(
        before.release_plan(problem.name), ReleasePlan(problem=problem.name, champion=champion)
    )
    system = _with_plan(ours, world, plan, place=2)
    assert system.url.endswith(":9798")
    settings = Settings(home=world.home(system.home))
    written = read_plan(settings.release_plan(problem.name))
    assert written.champion.digest == champion.digest
    assert (written.traffic_share, written.paired_share) == (
        plan.traffic_share or 0,
        plan.paired_share,
    )
    assert (written.challenger is None) == (plan.traffic_share is None)
    files = ModelFiles(tmp_path / "copies")
    verify_plan(written, files, settings)
    if written.challenger is not None:
        files.read(written.challenger)
