"""The objects of a small problem, and a cluster that it can be deployed to."""

import json
from pathlib import Path

import pytest

from homestead.deployment.manifests import Manifest
from homestead.deployment.problems.apply import KINDS
from homestead.problem.loader import load_problem
from homestead.steps.commands.problem_objects import objects_of
from tests.problem_text import changed_flats
from tests.unit.deployment.conftest import Cluster


def objects_named(name: str, folder: Path) -> list[Manifest]:
    """Return the objects of a problem of this name, in the namespace ``homestead``."""
    text = changed_flats(name=name, source="s3://homestead/flats.parquet")
    (folder / "flats.yaml").write_text(text)
    documents = objects_of(load_problem(folder / "flats.yaml"), text)
    for document in documents:
        document["metadata"]["namespace"] = "homestead"
    return documents


@pytest.fixture
def objects(tmp_path: Path) -> list[Manifest]:
    return objects_named("flats", tmp_path)


@pytest.fixture
def ready(cluster: Cluster, objects: list[Manifest]) -> Cluster:
    """Return a cluster with every kind and secret, and a namespace without problems."""
    kinds = {(document["apiVersion"], document["kind"]) for document in objects}
    kinds.add(("batch/v1", "Job"))
    lines = [f"name {version} true {kind}" for version, kind in sorted(kinds)]
    cluster.answer("api-resources---no-headers", "\n".join(lines))
    cluster.answer("get-namespace", '{"metadata": {}}')
    secrets = (
        *("homestead-database", "homestead-database-server", "homestead-database-drift"),
        *("homestead-database-retention", "homestead-redis", "homestead-redis-reader"),
        *("homestead-s3", "homestead-s3-reader", "homestead-s3-drift", "homestead-log"),
        *("homestead-database-release", "homestead-s3-release"),
        *("homestead-signing", "homestead-verify-keys"),
        *("homestead-database-labels", "homestead-labels"),
    )
    cluster.answer("get-secrets", "\n".join(f"secret/{name}" for name in secrets))
    has(cluster, [])
    return cluster


def has(cluster: Cluster, documents: list[Manifest]) -> None:
    """Let the cluster list these objects as those of the problem."""
    served = {line.split()[-1] for line in cluster.read("api-resources---no-headers").splitlines()}
    names = ",".join(name for kind, name in KINDS.items() if kind in served)
    cluster.answer(f"get-{names}", json.dumps({"kind": "List", "items": documents}))
