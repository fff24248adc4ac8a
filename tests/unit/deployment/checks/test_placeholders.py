"""Examples in the overlay of production: what is not filled in is refused before it is applied."""

import copy

import pytest

from homestead.deployment.checks.placeholders import require_filled_in
from homestead.deployment.manifests import Manifest
from homestead.errors import UserError
from tests.unit.deployment.documents import find_object

Rendered = dict[str, list[Manifest]]


def test_each_example_is_named_with_its_object(rendered: Rendered) -> None:
    with pytest.raises(UserError) as caught:
        require_filled_in(rendered["production"])
    message = str(caught.value)
    assert "ConfigMap homestead-settings: found the example s3://your-bucket/mlflow" in message
    for store in ("database", "redis", "s3", "kubernetes"):
        assert f"NetworkPolicy uses-{store}: found the example 192.0.2.0/24" in message
    assert "docs/how-to/kubernetes.md" in message.splitlines()[-1]


def test_an_overlay_that_is_filled_in_passes(rendered: Rendered) -> None:
    require_filled_in(rendered["kind"])
    policy = find_object(copy.deepcopy(rendered["production"]), "NetworkPolicy", "uses-s3")
    policy["spec"]["egress"][0]["to"][0]["ipBlock"]["cidr"] = "10.1.0.0/24"
    require_filled_in([policy])
