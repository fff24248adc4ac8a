"""Applying an overlay to the cluster that kubectl speaks to: passwords first, then all of it."""

import base64
import json
import secrets
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from string import Template
from typing import Any

import yaml

from homestead.deployment import seldon
from homestead.deployment.manifests import (
    Manifest,
    name_of_object,
    referenced_secrets,
    render,
    with_images,
)
from homestead.errors import UserError
from homestead.names import release_config_map

_MANAGER = "homestead"
_PASSWORDS = "homestead-passwords"
_WORKLOADS = ("Deployment", "StatefulSet")
# What a step of the pipeline needs beside it, in whatever namespace it runs.
_OF_STEPS = ("homestead-settings", "homestead-database", "homestead-redis", "homestead-s3")


def deploy(
    overlay: Path,
    images: dict[str, str],
    say: Callable[[str], None],
    wait_s: int = 600,
    also: str = "",
) -> None:
    """Make what an overlay says the state of the cluster; done again it changes nothing.

    Passwords are drawn where ``secrets.yaml`` of the overlay names ones that the cluster has not
    got; they are never in a file or on a command line. Kinds that the cluster does not know are
    left out, and said.

    Args:
        images: replacements, by the name in the manifests.
        wait_s: how long to wait for the workloads; 0 for not at all.
        also: a namespace that gets settings and secrets, too: that of Kubeflow's steps.

    Raises:
        UserError: no cluster, a secret is missing, the cluster refused, or a workload does not
            become ready; the message names it.
    """
    documents = with_images(render(overlay), images)
    namespace = next(name_of_object(d) for d in documents if d["kind"] == "Namespace")
    known = _kinds()
    skipped = [d for d in documents if (d["apiVersion"], d["kind"]) not in known]
    wanted = [d for d in documents if d not in skipped]
    for document in skipped:
        say(
            f"left out, the cluster has no such kind: {document['kind']} {name_of_object(document)}"
        )
    _apply([d for d in documents if d["kind"] == "Namespace"], say)
    made = _drawn(overlay, namespace)
    _apply(made, say)
    _check_secrets(wanted, namespace)
    if also:
        _apply([_moved(d, also) for d in made + wanted if name_of_object(d) in _OF_STEPS], say)
    _apply(wanted, say)
    if wait_s:
        _wait(wanted, wait_s, say)


def _kubectl(*arguments: str, text: str | None = None) -> str:
    try:
        done = subprocess.run(
            ["kubectl", *arguments],  # noqa: S607
            input=text,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        raise UserError("kubectl is needed, and is not in the PATH") from None
    if done.returncode:
        raise UserError(f"kubectl {arguments[0]}: {done.stderr.strip()}")
    return done.stdout


def _kinds() -> set[tuple[str, str]]:
    """(apiVersion, kind) that the cluster serves."""
    lines = _kubectl("api-resources", "--no-headers").splitlines()
    return {(line.split()[-3], line.split()[-1]) for line in lines if line.strip()}


def _apply(documents: list[Manifest], say: Callable[[str], None]) -> None:
    if not documents:
        return
    text = yaml.safe_dump_all(documents, sort_keys=False)
    arguments = ("apply", "--server-side", f"--field-manager={_MANAGER}", "-f", "-")
    for line in _kubectl(*arguments, text=text).splitlines():
        say(line)


def fill_secrets(
    text: str, kept: dict[str, str], draw: Callable[[], str]
) -> dict[str, dict[str, str]]:
    """An overlay's secrets with passwords in their places, and the secret that keeps those.

    Args:
        text: YAML, secrets by name with values by key, in which each ``${name}`` is a password.
        kept: the passwords that the cluster has; they stay.
        draw: makes a new one.
    """
    wanted = sorted(set(Template(text).get_identifiers()) - set(kept))
    passwords = kept | {name: draw() for name in wanted}
    filled = yaml.safe_load(Template(text).substitute(passwords))
    return {name: dict(values) for name, values in filled.items()} | {_PASSWORDS: passwords}


def _drawn(overlay: Path, namespace: str) -> list[Manifest]:
    """The overlay's secrets, with the passwords that the cluster keeps, or new ones."""
    path = overlay / "secrets.yaml"
    if not path.exists():
        return []
    filled = fill_secrets(path.read_text(), _passwords(namespace), lambda: secrets.token_hex(24))
    return [
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name, "namespace": namespace},
            "stringData": values,
        }
        for name, values in filled.items()
    ]


def _passwords(namespace: str) -> dict[str, str]:
    arguments = ("get", "secret", _PASSWORDS, "-n", namespace, "--ignore-not-found", "-o", "json")
    found = _kubectl(*arguments)
    data = json.loads(found)["data"] if found.strip() else {}
    return {key: base64.b64decode(value).decode() for key, value in data.items()}


def _check_secrets(documents: list[Manifest], namespace: str) -> None:
    there = set(_kubectl("get", "secrets", "-n", namespace, "-o", "name").split())
    if missing := [n for n in sorted(referenced_secrets(documents)) if f"secret/{n}" not in there]:
        raise UserError(
            f"namespace {namespace}: the overlay refers to secrets that are not there:"
            f" {', '.join(missing)}; see docs/kubernetes.md for what each holds"
        )


def _moved(document: Manifest, namespace: str) -> Manifest:
    return {**document, "metadata": {"name": name_of_object(document), "namespace": namespace}}


def _wait(documents: list[Manifest], seconds: int, say: Callable[[str], None]) -> None:
    for document in documents:
        kind, namespace = document["kind"], document["metadata"].get("namespace", "")
        if kind in _WORKLOADS:
            _wait_for(f"{kind.lower()}/{name_of_object(document)}", namespace, seconds, say)
        elif kind == "SeldonDeployment":
            for name in _servers(document, namespace, seconds, say):
                _wait_for(name, namespace, seconds, say)


def _wait_for(what: str, namespace: str, seconds: int, say: Callable[[str], None]) -> None:
    say(f"waiting for {what}, at most {seconds} s")
    try:
        _kubectl("rollout", "status", what, "-n", namespace, f"--timeout={seconds}s")
    except UserError as error:
        raise UserError(
            f"{what} is not ready ({error}); see: kubectl get pods,events -n {namespace}"
        ) from None


def _servers(
    document: Manifest, namespace: str, seconds: int, say: Callable[[str], None]
) -> list[str]:
    """What the operator has made of a SeldonDeployment, once it has taken up its newest state.

    Empty before the first release, which the servers themselves wait for.
    """
    name = name_of_object(document)
    arguments = ("get", "configmap", release_config_map(name), "-n", namespace)
    plan = _kubectl(*arguments, "--ignore-not-found", "-o", "jsonpath={.data.plan\\.json}")
    if not plan:
        say(f"{name}: its servers start with the first release")
        return []
    say(f"waiting for the Seldon operator to take up {name}, at most {seconds} s")
    deadline = time.monotonic() + seconds
    selected = ("get", "deployment", "-l", seldon.deployment_selector(document), "-n", namespace)
    while True:
        made = json.loads(_kubectl(*selected, "-o", "json"))["items"]
        if seldon.is_up_to_date(document, made):
            return [f"deployment/{name_of_object(item)}" for item in made]
        if time.monotonic() > deadline:
            raise UserError(
                f"SeldonDeployment {name}: the Seldon operator has not taken it up within"
                f" {seconds} s; see: kubectl describe sdep {name} -n {namespace}"
            )
        time.sleep(1)


def delete(overlay: Path, say: Callable[[str], None]) -> None:
    """Take away what :func:`deploy` made, its namespace and with it all data included.

    Raises:
        UserError: no cluster, or it refused.
    """
    documents: list[Any] = render(overlay)
    known = _kinds()
    inside = [d for d in documents if (d["apiVersion"], d["kind"]) in known]
    text = yaml.safe_dump_all(inside, sort_keys=False)
    for line in _kubectl("delete", "--ignore-not-found", "-f", "-", text=text).splitlines():
        say(line)
