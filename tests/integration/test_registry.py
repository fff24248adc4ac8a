"""The registry: whatever is killed or runs at once, one certified champion is left."""

import dataclasses
import hashlib
import json
import multiprocessing
import os
import shutil
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from homestead.errors import UserError
from homestead.evaluation.certificate import SCHEMA_VERSION
from homestead.problem.loader import parse_problem
from homestead.problem.schema import Problem
from homestead.release.plan import read_plan
from homestead.settings import Settings
from homestead.steps import release
from homestead.tracking import registry, runs
from homestead.training.search import train_candidate

# One server imports everything once; its forks are processes that a test may kill.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    [
        "homestead.releasing",
        "homestead.training",
        "mlflow.store.model_registry.sqlalchemy_store",
        "mlflow.store.tracking.sqlalchemy_store",
        "pytest",
    ]
)
WRITES = (
    "create_registered_model",
    "create_model_version",
    "delete_model_version",
    "set_registered_model_alias",
    "delete_registered_model_alias",
    "set_model_version_tag",
    "log_text",
)
PROBLEM = parse_problem(
    """
name: flats
task: regression
source: flats.csv
key: id
timestamp: day
target: rent
columns: {id: {type: integer}, day: {type: timestamp}, rent: {type: number}, area: {type: number}}
views: {flat: {entity: id, columns: [area]}}
features: [area]
candidates:
  a: {estimator: sklearn.linear_model.Ridge, parameters: {alpha: 1}}
  b: {estimator: sklearn.linear_model.Ridge, parameters: {alpha: 2}}
  c: {estimator: sklearn.linear_model.Ridge, parameters: {alpha: 3}}
split: {validation_from: 2024-02-01, holdout_from: 2024-03-01}
metric: mae
"""
)


def dataset() -> pd.DataFrame:
    draw = np.random.default_rng(0)
    area = draw.uniform(20, 90, 60)
    return pd.DataFrame(
        {
            "area": area,
            "rent": 9 * area + draw.normal(0, 20, 60),
            "split": ["train", "validation"] * 30,
        }
    )


def certificate(
    digest: str, champion: str | None = None, decision: str = "promote"
) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA_VERSION,
        "problem": PROBLEM.name,
        "winner": {"digest": digest},
        "champion": champion and {"digest": champion},
        "decision": decision,
    }


def forked(target: Callable[..., None], *arguments: Any) -> Any:
    process = FORKS.Process(target=target, args=arguments)
    process.start()
    return process


def prepare(settings: Settings, result: Path) -> None:
    """A store with three candidates of one run, none of them registered."""
    mlflow = runs.open_client(settings)
    parent = runs.start_run(mlflow, settings, PROBLEM, {})
    candidates = {}
    for name in PROBLEM.candidates:
        trained = train_candidate(name, dataset(), PROBLEM)
        candidates[name] = runs.log_candidate(mlflow, parent, PROBLEM, trained, {})
        assert candidates[name]["digest"] == hashlib.sha256(trained.onnx).hexdigest()
    result.write_text(json.dumps(candidates))


def promote(
    settings: Settings, candidate: dict[str, Any], champion: str | None, writes: int = -1
) -> registry.Promotion:
    """Promote with a certificate against ``champion``; killed after so many writes to MLflow.

    Against another champion, the model with the larger digest counts as the better one.
    """
    mlflow = runs.open_client(settings)
    left = [writes]

    def fatal(method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            answer = method(*arguments, **named)
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return answer

        return call

    for name in WRITES:
        setattr(mlflow, name, fatal(getattr(mlflow, name)))
    digest = candidate["digest"]

    def reevaluate(model: Any, version: Any) -> dict[str, Any]:
        assert model.digest == version.digest
        decision = "promote" if digest > version.digest else "keep"
        return certificate(digest, version.digest, decision)

    def document(held: dict[str, Any], run_id: str) -> None:
        mlflow.log_text(run_id, json.dumps(held), "certificate.json")

    held = certificate(digest, champion)
    return registry.promote(mlflow, settings, held, candidate, {}, reevaluate, document)


def promote_in_a_fork(*arguments: Any) -> None:
    promote(*arguments)


def look(settings: Settings, result: Path) -> None:
    """Release the champion, which checks its file and certificate, and write what is there."""
    mlflow = runs.open_client(settings)
    released = release.release_champion(PROBLEM.name, settings)
    model = mlflow.get_registered_model(PROBLEM.name)
    versions = mlflow.search_model_versions(f"name = '{PROBLEM.name}'")
    digests = {str(one.version): one.tags["homestead.digest"] for one in versions}
    found = {
        "champion": released and released.digest,
        "aliases": {alias: digests[str(one)] for alias, one in model.aliases.items()},
        "digests": sorted(digests.values()),
        "status": sorted({one.tags["homestead.status"] for one in versions}),
    }
    result.write_text(json.dumps(found))


def state(settings: Settings, tmp_path: Path) -> dict[str, Any]:
    process = forked(look, settings, tmp_path / "state.json")
    process.join(60)
    assert process.exitcode == 0
    return dict(json.loads((tmp_path / "state.json").read_text()))


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, Path, dict[str, Any]]:
    """Settings, a copy of their home with three candidates, and the candidates."""
    folder = tmp_path_factory.mktemp("registry")
    home, copy = folder / "home", folder / "copy"
    settings = Settings(
        home=home,
        tracking_uri=f"sqlite:///{home / 'mlflow.db'}",
        database_url=f"sqlite:///{home / 'homestead.db'}",
        redis_connection="",
        feast_registry="",
    )
    process = forked(prepare, settings, folder / "candidates.json")
    process.join(120)
    assert process.exitcode == 0
    shutil.copytree(home, copy)
    return settings, copy, json.loads((folder / "candidates.json").read_text())


@pytest.fixture
def store(prepared: tuple[Settings, Path, dict[str, Any]]) -> tuple[Settings, dict[str, Any]]:
    """The prepared store as it was; only forks open it, since it is replaced under them."""
    settings, copy, candidates = prepared
    shutil.rmtree(settings.home)
    shutil.copytree(copy, settings.home)
    return settings, candidates


def run(*arguments: Any) -> int:
    process = forked(promote_in_a_fork, *arguments)
    process.join(60)
    assert process.exitcode is not None
    return int(process.exitcode)


@pytest.mark.parametrize("then", ["the same", "another"])
def test_killed_after_any_write_the_next_promotion_ends_right(
    prepared: tuple[Settings, Path, dict[str, Any]], tmp_path: Path, then: str
) -> None:
    settings, copy, candidates = prepared
    first, second, third = sorted(candidates.values(), key=lambda one: one["digest"])
    shutil.rmtree(settings.home)
    shutil.copytree(copy, settings.home)
    assert run(settings, first, None) == 0
    before = tmp_path / "before"
    shutil.copytree(settings.home, before)
    for writes in range(1, 20):
        shutil.rmtree(settings.home)
        shutil.copytree(before, settings.home)
        ended = run(settings, second, first["digest"], writes)
        cut = state(settings, tmp_path)
        assert cut["champion"] in (first["digest"], second["digest"])
        last = second if then == "the same" else third
        assert run(settings, last, first["digest"]) == 0
        found = state(settings, tmp_path)
        assert found["champion"] == last["digest"]
        previous = first["digest"] if then == "the same" else cut["champion"]
        assert found["aliases"] == {"champion": last["digest"], "previous": previous}
        assert found["status"] == ["registered"]
        assert found["digests"] == sorted({first["digest"], cut["champion"], last["digest"]})
        if ended == 0:
            break
        assert ended == -signal.SIGKILL
    assert writes > 6


def test_promotions_at_once_are_judged_against_each_other(
    store: tuple[Settings, dict[str, Any]], tmp_path: Path
) -> None:
    settings, candidates = store
    processes = [
        forked(promote_in_a_fork, settings, candidate, None)
        for candidate in [*candidates.values(), *candidates.values()]
    ]
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0] * 6
    found = state(settings, tmp_path)
    assert found["champion"] == max(one["digest"] for one in candidates.values())
    assert "challenger" not in found["aliases"]
    assert len(found["digests"]) == len(set(found["digests"]))


def first_use(settings: Settings) -> None:
    runs.start_run(runs.open_client(settings), settings, PROBLEM, {})


def test_a_new_store_may_be_used_by_several_at_once(settings: Settings) -> None:
    processes = [forked(first_use, settings) for _ in range(4)]
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0] * 4
    mlflow = runs.open_client(settings)
    experiment = mlflow.get_experiment_by_name(PROBLEM.name)
    assert experiment is not None
    assert len(mlflow.search_runs([experiment.experiment_id])) == 4


def registered(settings: Settings, folder: Path) -> tuple[Any, dict[str, Any]]:
    """A client and a candidate, the champion of its own store."""
    prepare(settings, folder / "candidates.json")
    candidate = json.loads((folder / "candidates.json").read_text())["a"]
    promote(settings, candidate, None)
    return runs.open_client(settings), candidate


def test_only_what_a_certificate_promotes_is_registered_or_released(
    settings: Settings, tmp_path: Path
) -> None:
    mlflow, candidate = registered(settings, tmp_path)
    other = json.loads((tmp_path / "candidates.json").read_text())["b"]
    version = registry.champion(mlflow, PROBLEM.name)
    assert version is not None

    def refused(held: dict[str, Any]) -> str:
        with pytest.raises(UserError) as error:
            registry.promote(mlflow, settings, held, other, {}, _never, _never)
        assert registry.champion(mlflow, PROBLEM.name) == version
        return str(error.value)

    assert f"is of model {candidate['digest'][:12]}" in refused(certificate(candidate["digest"]))
    assert "says 'keep'" in refused(certificate(other["digest"], decision="keep"))
    assert "schema" in refused(certificate(other["digest"]) | {"schema_version": 99})

    assert release.release_champion(PROBLEM.name, settings) == version
    plan = settings.release_plan(PROBLEM.name)
    released = plan.read_text()
    mlflow.log_text(candidate["run_id"], json.dumps(certificate("0" * 64)), "certificate.json")
    with pytest.raises(UserError, match="certificate is of model 000000000000"):
        release.release_champion(PROBLEM.name, settings)
    stored = Path(version.uri.removeprefix("file://"))
    stored.write_bytes(Path(other["uri"].removeprefix("file://")).read_bytes())
    with pytest.raises(UserError, match=rf"model\.onnx: found digest {other['digest'][:12]}"):
        release.release_champion(PROBLEM.name, settings)
    stored.unlink()
    with pytest.raises(UserError, match=r"model\.onnx: no such file"):
        release.release_champion(PROBLEM.name, settings)
    assert plan.read_text() == released


def _never(*arguments: Any) -> Any:
    raise AssertionError(arguments)


def test_a_released_champion_keeps_the_share_of_its_challenger(
    settings: Settings, tmp_path: Path
) -> None:
    from homestead.release.plan import ModelVersion, write_plan

    registered(settings, tmp_path)
    assert release.release_champion(PROBLEM.name, settings) is not None
    path = settings.release_plan(PROBLEM.name)
    challenger = ModelVersion(version="2", digest="b" * 64, uri="x")
    plan = read_plan(path).model_copy(update={"challenger": challenger, "traffic_share": 0.2})
    write_plan(path, plan)
    release.release_champion(PROBLEM.name, settings)
    assert read_plan(path) == plan


def test_nothing_is_released_before_there_is_a_champion(settings: Settings) -> None:
    assert release.release_champion(PROBLEM.name, settings) is None
    assert not settings.release_plan(PROBLEM.name).exists()


def test_runs_of_killed_processes_are_ended_and_those_of_others_are_not(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    mlflow = runs.open_client(settings)
    dead = forked(print)
    dead.join(60)
    started = {}
    for owner, pid in {"killed": str(dead.pid), "running": str(os.getpid()), "pod": ""}.items():
        monkeypatch.setenv(runs.RUNNER_PID, pid)
        started[owner] = runs.start_run(mlflow, settings, PROBLEM, {})
        if owner == "killed":
            experiment = mlflow.get_run(started[owner]).info.experiment_id
            child = mlflow.create_run(experiment, tags={"mlflow.parentRunId": started[owner]})
    elsewhere = runs.start_run(mlflow, settings, PROBLEM, {})
    mlflow.set_tag(elsewhere, "homestead.host", f"not-{socket.gethostname()}")
    mlflow.set_tag(elsewhere, "homestead.pid", str(dead.pid))
    runs.start_run(mlflow, settings, PROBLEM, {})
    ended = {name: mlflow.get_run(one).info.status for name, one in started.items()}
    assert ended == {"killed": "KILLED", "running": "RUNNING", "pod": "RUNNING"}
    assert mlflow.get_run(child.info.run_id).info.status == "KILLED"
    assert mlflow.get_run(elsewhere).info.status == "RUNNING"


def test_an_altered_model_is_not_taken_into_a_run(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    import onnx

    mlflow = runs.open_client(settings)
    parent = runs.start_run(mlflow, settings, PROBLEM, {})
    trained = train_candidate("a", dataset(), PROBLEM)
    altered = onnx.load_from_string(trained.onnx)
    altered.doc_string = "altered"
    monkeypatch.setattr(onnx, "load_from_string", lambda content: altered)
    with pytest.raises(UserError, match="candidate a: stored"):
        runs.log_candidate(mlflow, parent, PROBLEM, dataclasses.replace(trained), {})


def test_one_problem_does_not_see_anothers_champion(settings: Settings, tmp_path: Path) -> None:
    mlflow, _ = registered(settings, tmp_path)
    other: Problem = PROBLEM.model_copy(update={"name": "houses"})
    assert registry.champion(mlflow, other.name) is None
