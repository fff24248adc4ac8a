"""The component that puts the prediction log into the bucket, in each overlay."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from homestead.deployment.checks.manifest_checks import require_valid_manifests
from homestead.deployment.manifests import Manifest, pod_specs, render
from tests.unit.deployment.conftest import OVERLAY_NAMES, OVERLAYS
from tests.unit.deployment.documents import find_object

_COMPONENT = "../../components/parquet-log"


@pytest.fixture(scope="module", params=OVERLAY_NAMES)
def overlay(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of an overlay that lists the component, beside what it refers to."""
    folder = tmp_path_factory.mktemp("log")
    shutil.copytree(OVERLAYS.parent, folder / "manifests")
    path: Path = folder / "manifests" / "overlays" / str(request.param)
    listed = yaml.safe_load((path / "kustomization.yaml").read_text())
    listed["components"].append(_COMPONENT)
    (path / "kustomization.yaml").write_text(yaml.safe_dump(listed))
    return path


@pytest.fixture(scope="module")
def documents(overlay: Path, rendered: dict[str, list[Manifest]]) -> list[Manifest]:
    assert rendered  # skips where nothing renders
    return render(overlay)


def _environment(document: Manifest) -> dict[str, Any]:
    [spec] = pod_specs(document)
    items = spec["containers"][0]["env"]
    assert len({item["name"] for item in items}) == len(items)
    return {item["name"]: item.get("valueFrom", {}) for item in items}


def _secrets(document: Manifest) -> set[str]:
    variables = _environment(document)
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    return {variables[name]["secretKeyRef"]["name"] for name in names}


def test_an_overlay_with_the_component_is_valid(
    overlay: Path, documents: list[Manifest], rendered: dict[str, list[Manifest]]
) -> None:
    lines: list[str] = []
    require_valid_manifests(overlay, lines.append)
    assert f"{len(documents)} objects are valid" in lines[0]
    # It adds no object of its own.
    assert len(documents) == len(rendered[overlay.name])


def test_each_part_has_the_log_and_an_account_of_its_own(documents: list[Manifest]) -> None:
    settings = find_object(documents, "ConfigMap", "homestead-settings")["data"]
    assert settings["HOMESTEAD_LOG_URI"].startswith("s3://")
    server = find_object(documents, "SeldonDeployment", "house-price")
    labels = find_object(documents, "Deployment", "labels-house-price")
    prune = find_object(documents, "CronJob", "prune-log-house-price")
    assert [_secrets(part) for part in (server, labels, prune)] == [
        {"homestead-s3-log"},
        {"homestead-s3-reader"},
        {"homestead-s3-retention"},
    ]
    for part in (server, labels):
        # Jobs have the whole ConfigMap.
        key = _environment(part)["HOMESTEAD_LOG_URI"]["configMapKeyRef"]
        assert key == {"name": "homestead-settings", "key": "HOMESTEAD_LOG_URI"}
        assert "AWS_ENDPOINT_URL" in _environment(part)


def test_network_policies_let_these_pods_reach_the_store(documents: list[Manifest]) -> None:
    policy = find_object(documents, "NetworkPolicy", "uses-s3")["spec"]
    assert policy["podSelector"] == {"matchLabels": {"homestead/uses-s3": "true"}}
    labels = find_object(documents, "Deployment", "labels-house-price")["spec"]["template"]
    prune = find_object(documents, "CronJob", "prune-log-house-price")["spec"]["jobTemplate"]
    server = find_object(documents, "SeldonDeployment", "house-price")["spec"]["predictors"][0]
    pods = [labels, prune["spec"]["template"], server["componentSpecs"][0]]
    assert [pod["metadata"]["labels"]["homestead/uses-s3"] for pod in pods] == ["true"] * 3


def test_without_the_component_the_log_is_in_the_database(
    rendered: dict[str, list[Manifest]],
) -> None:
    for documents in rendered.values():
        settings = find_object(documents, "ConfigMap", "homestead-settings")["data"]
        assert settings["HOMESTEAD_LOG_URI"] == ""
        server = find_object(documents, "SeldonDeployment", "house-price")
        assert _secrets(server) == {"homestead-s3-reader"}
