"""What a namespace was deployed from."""

import json
from pathlib import Path

import pytest

from homestead.deployment.recorded_deployment import (
    RecordedDeployment,
    former_objects,
    read_deployment,
    record_deployment,
)
from homestead.errors import UserError
from tests.unit.deployment.conftest import OVERLAYS, Cluster


def test_an_overlay_of_the_project_is_found_from_another_folder(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pods = {"containers": [{"image": "r.example/homestead-serving:2"}, {"image": "redis:7"}]}
    namespace = {"metadata": {"name": "red"}}
    record_deployment(namespace, OVERLAYS / "kind", [{"kind": "Pod", "spec": pods}])
    cluster.answer("get-namespace", json.dumps(namespace))
    monkeypatch.chdir(tmp_path)
    recorded = read_deployment("red")
    assert recorded.overlay is not None
    assert recorded.overlay.samefile(OVERLAYS / "kind")
    assert recorded.images == {"homestead-serving": "r.example/homestead-serving:2"}


def test_an_overlay_of_a_user_keeps_its_path(cluster: Cluster, tmp_path: Path) -> None:
    namespace = {"metadata": {"name": "red"}}
    record_deployment(namespace, tmp_path, [])
    cluster.answer("get-namespace", json.dumps(namespace))
    assert read_deployment("red").overlay == tmp_path.resolve()


def test_a_namespace_that_kubectl_deployed_records_nothing(cluster: Cluster) -> None:
    cluster.answer("get-namespace", json.dumps({"metadata": {"name": "red"}}))
    assert read_deployment("red") == RecordedDeployment()


def test_a_namespace_that_does_not_exist_is_named(cluster: Cluster) -> None:
    with pytest.raises(UserError, match="namespace red: does not exist; deploy the stores first"):
        read_deployment("red")


def test_former_objects_are_those_of_one_namespace() -> None:
    assert {document["metadata"]["namespace"] for document in former_objects("red")} == {"red"}
