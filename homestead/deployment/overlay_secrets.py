"""Secrets of an overlay: passwords that are generated once, and copies for Kubeflow's steps."""

import base64
import json
import secrets
from collections.abc import Callable
from pathlib import Path
from string import Template

import yaml

from homestead.deployment.kubectl import kubectl
from homestead.deployment.manifests import Manifest, name_of_object, referenced_secrets
from homestead.deployment.pod_environment import SETTINGS_CONFIG_MAP
from homestead.errors import UserError
from homestead.signing.keys import SigningKey

_PASSWORDS_SECRET = "homestead-passwords"  # noqa: S105
_TEMPLATE_FILE = "secrets.yaml"
_PASSWORD_BYTES = 24
_PRIVATE_KEY, _PUBLIC_KEY = "_private_key", "_public_key"
# Names the namespace that a copy comes from.
_ORIGIN_LABEL = "homestead/copied-from"


def overlay_secrets(overlay: Path, namespace: str) -> list[Manifest]:
    """Return the Secrets that the overlay's ``secrets.yaml`` describes.

    Passwords that the namespace already has are kept; missing ones are generated. Addresses are
    those of the overlay's own namespace (see :func:`homestead.deployment.manifests.in_namespace`).

    Raises:
        UserError: the cluster cannot be read.
    """
    path = overlay / _TEMPLATE_FILE
    if not path.exists():
        return []
    filled = fill_secrets(path.read_text(encoding="utf-8"), _read_passwords(namespace), generate)
    return [
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name, "namespace": namespace},
            "stringData": values,
        }
        for name, values in filled.items()
    ]


def generate(name: str) -> str:
    """Return a new private key (ed25519, PEM) for a name that ends so, else a new password."""
    if name.endswith(_PRIVATE_KEY):
        return SigningKey.generate().to_pem()
    return secrets.token_hex(_PASSWORD_BYTES)


def fill_secrets(
    template: str, passwords: dict[str, str], generate: Callable[[str], str]
) -> dict[str, dict[str, str]]:
    """Fill in the passwords and keys of a template of Secrets.

    Args:
        template: YAML, values by key by the name of the Secret; each ``${name}`` is a password, or
            a key: ``${name_private_key}``, and ``${name_public_key}`` for its public half.
        passwords: existing passwords and private keys by name, which are kept.
        generate: returns a new one for a name.

    Returns:
        Values by key by the name of the Secret, with one more Secret that keeps the passwords.
    """
    # Parsed first: comments hold no names, and a key has several lines.
    templates = {
        secret: {key: Template(text) for key, text in texts.items()}
        for secret, texts in yaml.safe_load(template).items()
    }
    wanted = {
        name
        for texts in templates.values()
        for text in texts.values()
        for name in text.get_identifiers()
    }
    public = {name for name in wanted if name.endswith(_PUBLIC_KEY)}
    kept = (wanted - public) | {_private_name(name) for name in public}
    all_passwords = passwords | {name: generate(name) for name in sorted(kept - set(passwords))}
    values = all_passwords | {
        name: SigningKey.from_pem(
            all_passwords[_private_name(name)].encode(), f"Secret {_PASSWORDS_SECRET}"
        ).public.to_pem()
        for name in public
    }
    filled = {
        secret: {key: text.substitute(values) for key, text in texts.items()}
        for secret, texts in templates.items()
    }
    return {**filled, _PASSWORDS_SECRET: all_passwords}


def _private_name(public: str) -> str:
    return public.removesuffix(_PUBLIC_KEY) + _PRIVATE_KEY


def require_secrets(documents: list[Manifest], namespace: str) -> None:
    """Check that the Secrets that pods refer to exist in the cluster.

    Raises:
        UserError: some do not exist, or the cluster cannot be read.
    """
    existing = set(kubectl("get", "secrets", "-n", namespace, "-o", "name").split())
    missing = [n for n in sorted(referenced_secrets(documents)) if f"secret/{n}" not in existing]
    if missing:
        raise UserError(
            f"namespace {namespace}: the overlay refers to secrets that do not exist:"
            f" {', '.join(missing)}; docs/how-to/kubernetes.md says what each of them holds"
        )


def copy_to(document: Manifest, steps_namespace: str, origin: str) -> Manifest:
    """Return the copy of an object in the namespace of the steps."""
    metadata = {
        "name": name_of_object(document),
        "namespace": steps_namespace,
        "labels": {_ORIGIN_LABEL: origin},
    }
    return {**document, "metadata": metadata}


def require_unused(steps_namespace: str, origin: str) -> None:
    """Check that a namespace of steps does not hold the secrets of another team.

    Raises:
        UserError: it holds copies of another namespace's, which these would replace; or the cluster
            cannot be read.
    """
    label = f"jsonpath={{.metadata.labels.{_ORIGIN_LABEL.replace('.', chr(92) + '.')}}}"
    arguments = ("get", "configmap", SETTINGS_CONFIG_MAP, "-n", steps_namespace)
    found = kubectl(*arguments, "--ignore-not-found", "-o", label).strip()
    if found not in ("", origin):
        raise UserError(
            f"namespace {steps_namespace}: it has the settings and secrets of namespace {found};"
            f" steps that use those of {origin} need a namespace of their own, such as a Kubeflow"
            " profile's"
        )


def _read_passwords(namespace: str) -> dict[str, str]:
    arguments = ("get", "secret", _PASSWORDS_SECRET, "-n", namespace)
    output = kubectl(*arguments, "--ignore-not-found", "-o", "json")
    data = json.loads(output)["data"] if output.strip() else {}
    return {key: base64.b64decode(value).decode() for key, value in data.items()}
