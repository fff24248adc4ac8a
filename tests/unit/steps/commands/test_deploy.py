"""Deploying a problem by its file alone, on a stand-in for the cluster."""

import json
import os
import shutil
from pathlib import Path

import pytest
import yaml

from homestead.errors import UserError
from homestead.steps.commands.deploy import delete_deployed_problem, deploy_problem
from tests.problem_text import changed_flats

ROOT = Path(__file__).parents[4]
_KUBECTL = """#!/usr/bin/env bash
echo "$*" >>"$(dirname "$0")/calls"
[[ $1 == kustomize ]] && exec "$REAL_KUBECTL" "$@"
if [[ $1 == apply ]]; then cat >>"$(dirname "$0")/objects"; exit; fi
cat "$(dirname "$0")/$1-$2" 2>/dev/null || echo '{"kind": "List", "items": []}'
"""


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a kubectl that knows no custom resources."""
    real = shutil.which("kubectl")
    if real is None:
        pytest.skip("needs kubectl")
    monkeypatch.setenv("REAL_KUBECTL", real)
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "kubectl").write_text(_KUBECTL)
    (folder / "kubectl").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    kinds = ("v1 ConfigMap", "v1 ServiceAccount", "batch/v1 CronJob", "batch/v1 Job")
    lines = [f"names {kind.split()[0]} true {kind.split()[1]}" for kind in kinds]
    (folder / "api-resources---no-headers").write_text("\n".join(lines))
    secrets = yaml.safe_load((ROOT / "manifests/overlays/kind/secrets.yaml").read_text())
    (folder / "get-secrets").write_text("\n".join(f"secret/{name}" for name in secrets))
    annotations = {
        "homestead/overlay": "manifests/overlays/kind",
        "homestead/images": json.dumps({"homestead-pipeline": "r.example/homestead-pipeline:7"}),
    }
    (folder / "get-namespace").write_text(json.dumps({"metadata": {"annotations": annotations}}))
    return folder


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "flats.yaml"
    path.write_text(changed_flats(source="s3://homestead/flats.parquet"))
    return path


def test_a_problem_gets_overlay_and_images_of_its_namespace(cluster: Path, file: Path) -> None:
    lines: list[str] = []
    deploy_problem(file, None, {}, lines.append, wait_s=0)
    documents = list(yaml.safe_load_all((cluster / "objects").read_text()))
    job = next(document for document in documents if document["kind"] == "CronJob")
    assert job["metadata"]["name"] == "drift-flats"
    pod = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    assert pod["containers"][0]["image"] == "r.example/homestead-pipeline:7"
    config_map = next(d for d in documents if d["metadata"]["name"] == "problem-flats")
    assert config_map["data"] == {"problem.yaml": file.read_text()}
    assert any("flats: the dashboards show it" in line for line in lines)


def test_a_source_on_the_web_gets_its_network_rule(cluster: Path, file: Path) -> None:
    file.write_text(changed_flats(source="https://data.example/flats.csv"))
    lines: list[str] = []
    deploy_problem(file, None, {}, lines.append, namespace="red", wait_s=0)
    assert any(line.startswith("skipped NetworkPolicy source-flats") for line in lines)
    documents = list(yaml.safe_load_all((cluster / "objects").read_text()))
    assert {document["metadata"]["namespace"] for document in documents} == {"red"}


def test_without_a_record_the_overlay_must_be_named(cluster: Path, file: Path) -> None:
    (cluster / "get-namespace").write_text('{"metadata": {}}')
    with pytest.raises(UserError, match="homestead deploy OVERLAY --problem"):
        deploy_problem(file, None, {}, lambda _: None, wait_s=0)
    deploy_problem(file, ROOT / "manifests/overlays/kind", {}, lambda _: None, wait_s=0)
    assert (cluster / "objects").exists()


def test_a_local_table_is_refused_before_the_cluster_is_asked(cluster: Path, file: Path) -> None:
    file.write_text(changed_flats())
    with pytest.raises(UserError, match="which is on this machine"):
        deploy_problem(file, None, {}, lambda _: None, wait_s=0)
    assert not (cluster / "calls").exists()


def test_a_problem_can_be_deleted_by_its_file_or_by_its_name(cluster: Path, file: Path) -> None:
    for problem in (str(file), "flats"):
        with pytest.raises(UserError, match="problem flats: not deployed"):
            delete_deployed_problem(problem, lambda _: None)
    with pytest.raises(UserError, match="no such problem file"):
        delete_deployed_problem(str(file.with_name("absent.yaml")), lambda _: None)
