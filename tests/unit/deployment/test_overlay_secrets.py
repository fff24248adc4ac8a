"""Secrets of an overlay: generated once, kept afterwards, and required before pods start."""

import base64
import json
import re

import pytest

from homestead.deployment.manifests import Manifest
from homestead.deployment.overlay_secrets import (
    fill_secrets,
    generate,
    overlay_secrets,
    require_secrets,
)
from homestead.deployment.pods.keys import SIGNING_KEY, VERIFY_KEYS
from homestead.errors import UserError
from homestead.signing.keys import SigningKey, VerifyKey
from tests.unit.deployment.conftest import OVERLAYS, Cluster


def test_a_password_is_generated_once_and_is_the_same_everywhere() -> None:
    template = (OVERLAYS / "kind" / "secrets.yaml").read_text()
    first = fill_secrets(template, {}, generate)
    passwords = first["homestead-passwords"]
    assert first["postgres-accounts"]["feast_password"] == passwords["feast"]
    assert f":{passwords['feast']}@postgres.homestead" in first["homestead-database"]["feast-url"]
    assert len(set(passwords.values())) == len(passwords)
    addresses = [value for name in first for value in first[name].values() if "://" in value]
    assert len(set(addresses)) == len(addresses)  # no two parts share an account
    assert "$" not in str(first)
    assert all(re.fullmatch("[0-9a-f]{48}", password) for password in only_passwords(first))
    again = fill_secrets(template, passwords, lambda name: pytest.fail(f"{name} again"))
    assert again == first
    more = fill_secrets(template + "new:\n  key: ${new}\n", passwords, lambda _: "another")
    assert more["new"] == {"key": "another"}
    assert more["postgres-passwords"] == first["postgres-passwords"]


def only_passwords(secrets: dict[str, dict[str, str]]) -> list[str]:
    kept = secrets["homestead-passwords"]
    return [value for name, value in kept.items() if not name.endswith("_key")]


def test_the_key_of_certificates_is_made_once_with_its_public_half() -> None:
    template = (OVERLAYS / "kind" / "secrets.yaml").read_text()
    secrets = fill_secrets(template, {}, generate)
    private = SigningKey.from_pem(secrets[SIGNING_KEY.secret]["signing.pem"].encode(), "test")
    (text,) = secrets[VERIFY_KEYS.secret].values()
    public = VerifyKey.from_pem(text.encode(), "test")
    assert public.verifies(private.sign(b"statement"), b"statement")
    assert fill_secrets(template, secrets["homestead-passwords"], generate) == secrets
    holders = [name for name, values in secrets.items() if "PRIVATE KEY" in str(values)]
    assert holders == [SIGNING_KEY.secret, "homestead-passwords"]


def test_passwords_of_the_cluster_are_kept(cluster: Cluster) -> None:
    names = list(
        fill_secrets((OVERLAYS / "kind" / "secrets.yaml").read_text(), {}, generate)[
            "homestead-passwords"
        ]
    )
    values = {name: f"kept-{name}" for name in names}
    values["certificates_private_key"] = SigningKey.generate().to_pem()
    data = {name: base64.b64encode(value.encode()).decode() for name, value in values.items()}
    cluster.answer("get-secret", json.dumps({"data": data}))
    secrets = {s["metadata"]["name"]: s for s in overlay_secrets(OVERLAYS / "kind", "homestead")}
    assert "kept-feast" in secrets["postgres-accounts"]["stringData"].values()
    assert secrets["homestead-signing"]["stringData"] == {
        "signing.pem": values["certificates_private_key"]
    }
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
