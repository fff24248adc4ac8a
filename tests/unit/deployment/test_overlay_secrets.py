"""Secrets of an overlay: generated once, kept afterwards, and required before pods start."""

import base64
import json

import pytest

from homestead.deployment.manifests import Manifest
from homestead.deployment.overlay_secrets import fill_secrets, overlay_secrets, require_secrets
from homestead.errors import UserError
from tests.unit.deployment.conftest import OVERLAYS, Cluster


def test_a_password_is_generated_once_and_is_the_same_everywhere() -> None:
    template = (OVERLAYS / "kind" / "secrets.yaml").read_text()
    generated = iter(f"password-{n}" for n in range(100))
    first = fill_secrets(template, {}, lambda: next(generated))
    passwords = first["homestead-passwords"]
    assert first["postgres-accounts"]["feast_password"] == passwords["feast"]
    assert f":{passwords['feast']}@postgres.homestead" in first["homestead-database"]["feast-url"]
    assert len(set(passwords.values())) == len(passwords)
    addresses = [value for name in first for value in first[name].values() if "://" in value]
    assert len(set(addresses)) == len(addresses)  # no two parts share an account
    assert "$" not in str(first)
    again = fill_secrets(template, passwords, lambda: pytest.fail("generated again"))
    assert again == first
    more = fill_secrets(template + "new:\n  key: ${new}\n", passwords, lambda: "another")
    assert more["new"] == {"key": "another"}
    assert more["postgres-passwords"] == first["postgres-passwords"]


def test_passwords_of_the_cluster_are_kept(cluster: Cluster) -> None:
    names = list(
        fill_secrets((OVERLAYS / "kind" / "secrets.yaml").read_text(), {}, lambda: "x")[
            "homestead-passwords"
        ]
    )
    data = {name: base64.b64encode(f"kept-{name}".encode()).decode() for name in names}
    cluster.answer("get-secret", json.dumps({"data": data}))
    secrets = {s["metadata"]["name"]: s for s in overlay_secrets(OVERLAYS / "kind", "homestead")}
    assert "kept-feast" in secrets["postgres-accounts"]["stringData"].values()
    assert {s["metadata"]["namespace"] for s in secrets.values()} == {"homestead"}


def test_an_overlay_without_a_template_generates_nothing(cluster: Cluster) -> None:
    assert overlay_secrets(OVERLAYS / "production", "homestead") == []


def test_missing_secrets_are_named(cluster: Cluster, rendered: dict[str, list[Manifest]]) -> None:
    cluster.answer("get-secrets", "secret/homestead-database\nsecret/homestead-log\n")
    with pytest.raises(
        UserError, match=r"do not exist: homestead-database-backup, .*homestead-s3"
    ) as raised:
        require_secrets(rendered["kind"], "homestead")
    assert "homestead-log" not in str(raised.value)
