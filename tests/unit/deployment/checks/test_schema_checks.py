"""Schema checks: kinds, keys and values that do not exist."""

from collections.abc import Callable
from typing import Any

import pytest

from homestead.deployment.checks.schema_checks import custom_schemas, schema_errors
from homestead.deployment.manifests import Manifest
from homestead.deployment.seldon import NO_ENGINE, seldon_deployment
from tests.unit.deployment.documents import find_object


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        (lambda d: d.update(kind="Deployments"), "Deployments"),
        (lambda d: d["spec"].update(replica=2), "replica"),
        (lambda d: d["spec"].update(replicas="two"), "two"),
    ],
)
def test_a_mistake_in_a_built_in_kind_is_found(
    break_it: Callable[[Manifest], None], message: str, rendered: dict[str, list[Manifest]]
) -> None:
    document = find_object(rendered["kind"], "Deployment", "mlflow")
    assert schema_errors([document], {}) == ([], [])
    break_it(document)
    errors, unchecked_kinds = schema_errors([document], {})
    assert message in str(errors + unchecked_kinds)


def test_a_custom_kind_without_a_schema_is_reported() -> None:
    assert schema_errors([seldon_deployment("churn")], {}) == ([], ["SeldonDeployment"])


@pytest.mark.parametrize("executor", [False, True])
@pytest.mark.parametrize("protocol", ["seldon", "v2", "tensorflow"])
def test_each_seldon_deployment_fits_the_schema(protocol: Any, executor: bool) -> None:
    schemas = custom_schemas()
    if not schemas:
        pytest.skip("no schema of SeldonDeployment here: set HOMESTEAD_CRDS")
    deployment = seldon_deployment("churn", protocol=protocol, executor=executor)
    assert schema_errors([deployment], schemas) == ([], [])
    annotations = deployment["spec"]["predictors"][0]["annotations"]
    assert (NO_ENGINE in annotations) is not executor


def test_an_unknown_key_of_a_custom_resource_is_refused() -> None:
    schemas = custom_schemas()
    if not schemas:
        pytest.skip("no schema of SeldonDeployment here: set HOMESTEAD_CRDS")
    deployment = seldon_deployment("churn")
    component = deployment["spec"]["predictors"][0]["componentSpecs"][0]
    component["spec"]["containers"][0]["imagee"] = "x"
    errors, _ = schema_errors([deployment], schemas)
    assert "imagee" in errors[0]
