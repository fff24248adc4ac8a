"""A problem's objects through an overlay: its namespace, images and patches."""

import shutil
from pathlib import Path

import pytest
import yaml

from homestead.deployment.manifests import Manifest, name_of_object, pod_specs
from homestead.deployment.problems.overlay import render_problem
from homestead.errors import UserError
from tests.unit.deployment.conftest import OVERLAYS
from tests.unit.deployment.documents import find_object

needs_kustomize = pytest.mark.skipif(
    not (shutil.which("kustomize") or shutil.which("kubectl")), reason="needs kustomize or kubectl"
)


@needs_kustomize
def test_the_overlay_s_patches_apply_to_any_problem(objects: list[Manifest]) -> None:
    kind = render_problem(OVERLAYS / "kind", objects)
    assert {document["metadata"]["namespace"] for document in kind} == {"homestead"}
    assert {name_of_object(document) for document in kind} == set(map(name_of_object, objects))
    binding = find_object(kind, "RoleBinding", "release-flats-writer")
    accounts = [(subject["namespace"], subject["name"]) for subject in binding["subjects"]]
    assert accounts == [("homestead", "train-flats"), ("kubeflow", "pipeline-runner")]
    red = render_problem(OVERLAYS / "kind", objects, "red")
    assert {document["metadata"]["namespace"] for document in red} == {"red"}
    production = render_problem(OVERLAYS / "production", objects)
    (predictor,) = find_object(production, "SeldonDeployment", "flats")["spec"]["predictors"]
    assert predictor["componentSpecs"][0]["hpaSpec"]["minReplicas"] == 3
    (pod,) = pod_specs(find_object(production, "CronJob", "train-flats"))
    assert pod["containers"][0]["image"].startswith("homestead-pipeline:")


@needs_kustomize
def test_an_overlay_without_a_problem_of_its_own_takes_others(
    objects: list[Manifest], tmp_path: Path
) -> None:
    root = tmp_path / "manifests"
    shutil.copytree(OVERLAYS.parent, root)
    path = root / "overlays" / "kind" / "kustomization.yaml"
    content = yaml.safe_load(path.read_text())
    content["resources"].remove("../../base/problem")
    path.write_text(yaml.safe_dump(content))
    before = path.read_text()
    assert len(render_problem(path.parent, objects)) == len(objects)
    assert path.read_text() == before


def test_an_overlay_elsewhere_is_named(objects: list[Manifest], tmp_path: Path) -> None:
    folder = tmp_path / "overlays" / "ours"
    folder.mkdir(parents=True)
    with pytest.raises(UserError, match="an overlay lies beside the project's own ones"):
        render_problem(folder, objects)
