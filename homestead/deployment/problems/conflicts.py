"""Checks that deploying a problem would change nothing of another one's, before it is written."""

import json
from typing import Any

import yaml

from homestead.deployment import seldon
from homestead.deployment.kubectl import kubectl
from homestead.deployment.labels import NAME_ANNOTATION, PART_OF
from homestead.deployment.manifests import Manifest, describe_object
from homestead.errors import UserError


def require_no_conflicts(problem: str, documents: list[Manifest], namespace: str) -> None:
    """Check that what exists under the names of a problem's objects belongs to this problem.

    Two names may become equal as names on a cluster, and the operator joins names in ways that can
    coincide. What an earlier version deployed with the base is taken over.

    Raises:
        UserError: an object belongs to another problem, or to something else; or the cluster
            cannot be read.
    """
    found = [
        f"{describe_object(existing)} belongs to {owner}"
        for existing in _existing(documents)
        if (owner := _other_owner(existing, problem))
    ]
    found += [
        f"Service {service['metadata']['name']} belongs to the SeldonDeployment {owner}"
        for document in documents
        if document["kind"] == seldon.KIND
        for service in _services(seldon.service_names(document), namespace)
        if (owner := seldon.owner_of_service(service)) not in ("", document["metadata"]["name"])
    ]
    if found:
        raise UserError(
            f"problem {problem}, namespace {namespace}: {'; '.join(found)}. Nothing was written:"
            " give the problem another name, or deploy it into another namespace"
        )


def _other_owner(existing: Manifest, problem: str) -> str:
    """Return to whom an object belongs if not to this problem, else ''."""
    metadata = existing["metadata"]
    owner = metadata.get("annotations", {}).get(NAME_ANNOTATION)
    if owner is not None:
        return "" if owner == problem else f"the problem {owner}"
    is_ours = PART_OF.items() <= metadata.get("labels", {}).items()
    return "" if is_ours else "something else"


def _existing(documents: list[Manifest]) -> list[dict[str, Any]]:
    text = yaml.safe_dump_all(documents)
    return _items(kubectl("get", "-f", "-", "--ignore-not-found", "-o", "json", stdin=text))


def _services(names: list[str], namespace: str) -> list[dict[str, Any]]:
    arguments = ("get", "service", *names, "-n", namespace)
    return _items(kubectl(*arguments, "--ignore-not-found", "-o", "json"))


def _items(output: str) -> list[dict[str, Any]]:
    """Return kubectl's objects, which it puts into a list if there are several."""
    if not output.strip():
        return []
    content = json.loads(output)
    return list(content["items"]) if content["kind"] == "List" else [content]
