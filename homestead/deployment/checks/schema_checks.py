"""Schema checks of rendered manifests: Kubernetes' own schemas and those of custom resources."""

import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from homestead.deployment.manifests import Manifest, describe_object

KUBERNETES_VERSION = "1.34"
CRD_FOLDER_VARIABLE = "HOMESTEAD_CRDS"
_DEFAULT_CRD_FOLDER = "../shared/schemas"
# Kubernetes' own API groups; any other needs the schema of its CustomResourceDefinition.
_BUILT_IN_API = re.compile(r"^(v1|(apps|batch|autoscaling|policy)/.*|[a-z.]*\.k8s\.io/.*)$")


class ResourceKind(NamedTuple):
    """API version and kind of an object."""

    api_version: str
    kind: str


CustomSchemas = dict[ResourceKind, dict[str, Any]]


def custom_schemas() -> CustomSchemas:
    """Return the schemas of custom resources, as far as their definitions are available.

    Source: the CustomResourceDefinitions in the folder that ``HOMESTEAD_CRDS`` names, by default
    ``../shared/schemas``.
    """
    folder = Path(os.environ.get(CRD_FOLDER_VARIABLE, _DEFAULT_CRD_FOLDER))
    return _read_custom_schemas(folder.absolute())


@cache
def _read_custom_schemas(folder: Path) -> CustomSchemas:
    # The definitions are megabytes of YAML, which libyaml reads ten times as fast.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    schemas: CustomSchemas = {}
    for path in sorted(folder.glob("*.yaml")):
        definition = yaml.load(path.read_text(encoding="utf-8"), loader)["spec"]  # noqa: S506
        for version in definition["versions"]:
            api_version = f"{definition['group']}/{version['name']}"
            resource = ResourceKind(api_version, definition["names"]["kind"])
            schemas[resource] = strict_schema(version["schema"]["openAPIV3Schema"])
    return schemas


def strict_schema(schema: Any) -> Any:
    """Return a copy of a structural schema that also refuses unknown keys.

    ``kubectl --validate=strict`` does the same, while the API server drops unknown keys silently.
    """
    if isinstance(schema, list):
        return [strict_schema(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    strict = {key: strict_schema(value) for key, value in schema.items()}
    if strict.get("x-kubernetes-int-or-string"):
        strict.pop("type", None)
    if isinstance(pattern := strict.get("pattern"), str):
        # Go allows a flag behind the anchor, Python only in front of it.
        strict["pattern"] = pattern.replace("^(?i)", "(?i)^")
    accepts_any_key = strict.get("x-kubernetes-preserve-unknown-fields")
    properties = strict.get("properties")
    if isinstance(properties, dict) and not accepts_any_key:
        strict.setdefault("additionalProperties", False)
        # The API server checks an object's metadata itself; the schema says nothing of it.
        if {"apiVersion", "kind"} <= set(properties):
            properties["metadata"] = {"type": "object"}
    return strict


def schema_errors(documents: list[Manifest], custom: CustomSchemas) -> tuple[list[str], list[str]]:
    """Return the errors, and the kinds that no available schema describes."""
    try:
        # Installed on developers' machines only: the schemas would add 110 MB to the images.
        import jsonschema  # noqa: F401
        import kubernetes_validate  # noqa: F401
    except ImportError:
        return [], sorted({document["kind"] for document in documents})
    errors: list[str] = []
    unchecked: set[str] = set()
    for document in documents:
        resource = ResourceKind(document["apiVersion"], document["kind"])
        if resource in custom:
            errors += _custom_resource_errors(document, custom[resource])
        elif _BUILT_IN_API.match(resource.api_version):
            errors += _built_in_errors(document)
        else:
            unchecked.add(resource.kind)
    return errors, sorted(unchecked)


def _custom_resource_errors(document: Manifest, schema: dict[str, Any]) -> Iterator[str]:
    import jsonschema

    for error in jsonschema.Draft7Validator(schema).iter_errors(document):
        yield f"{describe_object(document)}: {error.json_path}: {error.message}"


def _built_in_errors(document: Manifest) -> Iterator[str]:
    import kubernetes_validate

    try:
        kubernetes_validate.validate(document, KUBERNETES_VERSION, strict=True)
    except kubernetes_validate.SchemaNotFoundError:
        yield (
            f"{describe_object(document)}: Kubernetes {KUBERNETES_VERSION} has no"
            f" {document['kind']} in {document['apiVersion']}"
        )
    except kubernetes_validate.ValidationError as error:
        path = ".".join(str(part) for part in error.path)
        yield f"{describe_object(document)}: {path}: {error.message}"
