"""Candidates of a small problem, and promotions that a test may run at once or kill."""

import json
import multiprocessing
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from mlflow import MlflowClient
from pydantic import BaseModel

from homestead.evaluation.certificate import Certificate, Decision, ScoredModel
from homestead.evaluation.signed_certificate import SignedCertificate
from homestead.model.onnx_model import Model
from homestead.problem.loader import parse_problem
from homestead.release.plan import ModelVersion, read_plan
from homestead.release.plan_store import FilePlanStore
from homestead.release.record import ReleaseRecord
from homestead.settings import Settings
from homestead.signing.key_files import open_signing_key
from homestead.steps.release import release_registered
from homestead.steps.releases.controller import Controller
from homestead.steps.releases.records import ReleaseRecords, open_records
from homestead.tracking import registry, runs
from homestead.tracking.candidates import log_candidate
from homestead.tracking.certificates import log_certificate, store_certificate
from homestead.tracking.lineage import Lineage
from homestead.training.candidate_summary import CandidateSummary
from homestead.training.search import train_candidate
from tests import factories

# One server imports everything once; its forks are processes that a test may kill.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    [
        "tests.registry",
        "mlflow.store.model_registry.sqlalchemy_store",
        "mlflow.store.tracking.sqlalchemy_store",
        "pytest",
    ]
)
WRITES: dict[Any, tuple[str, ...]] = {
    MlflowClient: (
        "create_registered_model",
        "create_model_version",
        "delete_model_version",
        "set_registered_model_alias",
        "delete_registered_model_alias",
        "set_model_version_tag",
        "update_model_version",
        "log_text",
        "log_model_artifact",
    ),
    ReleaseRecords: ("start", "replace"),
    FilePlanStore: ("write",),
}
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
LINEAGE = Lineage(run="r", data_hash="d", commit="c", holdout_hash="h", features_hash="f")
Candidates = dict[str, CandidateSummary]


class RegistryState(BaseModel):
    """What a registry holds; models are named by their digests."""

    champion: str | None
    aliases: dict[str, str]
    digests: list[str]
    statuses: list[str]


def dataset() -> pd.DataFrame:
    """Return a training set of 60 rows without a holdout."""
    draw = np.random.default_rng(0)
    area = draw.uniform(20, 90, 60)
    return pd.DataFrame(
        {
            "area": area,
            "rent": 9 * area + draw.normal(0, 20, 60),
            "day": pd.date_range("2024-01-01", periods=60, unit="us"),
            "split": ["train", "validation"] * 30,
        }
    )


def certificate(
    digest: str, champion: str | None = None, decision: Decision = "promote"
) -> Certificate:
    """Return a certificate of one model against another, named by their digests."""
    return factories.certificate(
        problem=PROBLEM.name,
        decision=decision,
        winner=ScoredModel(digest=digest, metrics={}),
        champion=None if champion is None else ScoredModel(digest=champion, metrics={}),
    )


def forked(target: Callable[..., object], *arguments: Any) -> Any:
    """Start a process that may be killed."""
    process = FORKS.Process(target=target, args=arguments)
    process.start()
    return process


def log_candidates(settings: Settings) -> Candidates:
    """Log three candidates of one run in a new store; none of them is registered."""
    mlflow = runs.open_client(settings)
    parent = runs.start_run(mlflow, settings, PROBLEM, {})
    return {
        name: log_candidate(mlflow, parent, PROBLEM, train_candidate(name, dataset(), PROBLEM), {})
        for name in PROBLEM.candidates
    }


def write_candidates(settings: Settings, target: Path) -> None:
    """Log three candidates and write their summaries."""
    candidates = log_candidates(settings)
    target.write_text(json.dumps({name: c.to_json() for name, c in candidates.items()}))


def read_candidates(path: Path) -> Candidates:
    """Return what :func:`write_candidates` wrote."""
    texts = json.loads(path.read_text())
    return {name: CandidateSummary.from_json(text) for name, text in texts.items()}


def register(
    settings: Settings, candidate: CandidateSummary, champion: str | None
) -> registry.Registration:
    """Register with a certificate against ``champion``.

    Against another champion, the model with the larger digest counts as the better one.
    """
    mlflow = runs.open_client(settings)

    issued = certificate(candidate.digest, champion)
    valid = [issued]

    def reevaluate(model: Model, version: ModelVersion) -> Certificate:
        assert model.digest == version.digest
        better = candidate.digest > version.digest
        decision: Decision = "promote" if better else "keep"
        valid.append(certificate(candidate.digest, version.digest, decision))
        return valid[-1]

    def write_documents(run_id: str) -> str:
        signed = SignedCertificate.sign(valid[-1], open_signing_key(settings))
        log_certificate(mlflow, run_id, signed)
        return store_certificate(mlflow, candidate.model_id, candidate.uri, signed)

    return registry.register_challenger(
        mlflow, settings, issued, candidate, LINEAGE, reevaluate, write_documents
    )


def promote(
    settings: Settings, candidate: CandidateSummary, champion: str | None, writes: int = -1
) -> registry.Registration:
    """Register and release at once, as a training does; killed after so many writes.

    A model whose champion changed meanwhile is registered again, as by the next training.
    """
    count_writes(writes)
    while True:
        registration = register(settings, candidate, champion)
        record = release(settings, registration.version)
        released = record is not None and record.challenger == registration.version
        if released or registration.version is None:
            return registration


def count_writes(writes: int) -> None:
    """Kill this process after so many writes to MLflow, SQL records and plans."""
    left = [writes]

    def fatal(method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            answer = method(*arguments, **named)
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return answer

        return call

    if writes > 0:
        for owner, names in WRITES.items():
            for name in names:
                setattr(owner, name, fatal(getattr(owner, name)))


def release(settings: Settings, version: ModelVersion | None = None) -> ReleaseRecord | None:
    """Release a version, or what was left unreleased, as the pipeline's step does."""
    with open_records(settings) as records:
        controller = Controller(PROBLEM, settings, records, report=lambda _: None)
        return release_registered(controller, version)


def write_state(settings: Settings, target: Path) -> None:
    """Complete what was interrupted, and write the state."""
    mlflow = runs.open_client(settings)
    release(settings)
    released = registry.champion(mlflow, PROBLEM.name)
    plan = read_plan(settings.release_plan(PROBLEM.name))
    assert (plan.champion, plan.challenger) == (released, None)
    model = mlflow.get_registered_model(PROBLEM.name)
    versions = mlflow.search_model_versions(f"name = '{PROBLEM.name}'")
    digests = {str(version.version): version.tags["homestead.digest"] for version in versions}
    state = RegistryState(
        champion=released and released.digest,
        aliases={alias: digests[str(version)] for alias, version in model.aliases.items()},
        digests=sorted(digests.values()),
        statuses=sorted({version.tags["homestead.status"] for version in versions}),
    )
    target.write_text(state.model_dump_json())


def read_state(settings: Settings, folder: Path) -> RegistryState:
    """Return a store's state, read by a process of its own."""
    path = folder / "state.json"
    process = forked(write_state, settings, path)
    process.join(60)
    assert process.exitcode == 0
    return RegistryState.model_validate_json(path.read_text())
