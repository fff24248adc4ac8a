"""What every manifest has to keep to: the schemas, our policy, the Seldon operator's rules."""

import os
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from homestead.deployment import seldon
from homestead.deployment.manifests import Manifest, containers, describe_object, pod_specs, render
from homestead.errors import UserError

KUBERNETES = "1.34"
CRDS = "HOMESTEAD_CRDS"
# Kubernetes' own groups; any other needs the schema of its CustomResourceDefinition.
_OWN = re.compile(r"^(v1|(apps|batch|autoscaling|policy)/.*|[a-z.]*\.k8s\.io/.*)$")
_TAG = re.compile(r"[^/:]+(:(?P<tag>[\w.-]+))?(@sha256:[0-9a-f]{64})?$")


def require_valid_manifests(overlay: Path, say: Callable[[str], None]) -> None:
    """Check an overlay; one line says what was checked, and what could not be.

    Raises:
        UserError: every fault, one a line.
    """
    documents = render(overlay)
    faults, unchecked = schema_errors(documents, custom_schemas())
    faults += policy_errors(documents)
    for document in documents:
        if document["kind"] == "SeldonDeployment":
            faults += seldon.operator_errors(document)
    if faults:
        raise UserError("\n".join(f"{overlay}: {fault}" for fault in faults))
    note = f"; no schema here for {', '.join(unchecked)}" if unchecked else ""
    say(f"{overlay}: {len(documents)} objects are sound{note}")


def custom_schemas() -> dict[tuple[str, str], dict[str, Any]]:
    """By (apiVersion, kind) the schemas of the CustomResourceDefinitions in the folder that
    ``HOMESTEAD_CRDS`` names, or in ``../shared/schemas`` where that is there."""
    return _custom_schemas(Path(os.environ.get(CRDS, "../shared/schemas")).absolute())


@cache
def _custom_schemas(folder: Path) -> dict[tuple[str, str], dict[str, Any]]:
    # The definitions are megabytes of YAML: libyaml reads them ten times as fast.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found = {}
    for path in sorted(folder.glob("*.yaml")):
        crd = yaml.load(path.read_text(), loader)  # noqa: S506
        names = crd["spec"]["names"]
        for version in crd["spec"]["versions"]:
            schema = _strict(version["schema"]["openAPIV3Schema"])
            found[f"{crd['spec']['group']}/{version['name']}", names["kind"]] = schema
    return found


def _strict(schema: Any) -> Any:
    """A structural schema that refuses unknown keys, as ``kubectl --validate=strict`` does."""
    if isinstance(schema, list):
        return [_strict(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: _strict(value) for key, value in schema.items()}
    if made.get("x-kubernetes-int-or-string"):
        made.pop("type", None)
    free = made.get("x-kubernetes-preserve-unknown-fields")
    if isinstance(made.get("properties"), dict) and not free:
        made.setdefault("additionalProperties", False)
        # A custom resource's own head is not in its schema.
        if {"apiVersion", "kind"} <= set(made["properties"]):
            made["properties"]["metadata"] = {"type": "object"}
    return made


def schema_errors(
    documents: list[Manifest], custom: dict[tuple[str, str], dict[str, Any]]
) -> tuple[list[str], list[str]]:
    """Faults, and the kinds for which there is no schema here."""
    try:
        # Tools of a developer's machine: the images do without their 110 MB of schemas.
        import jsonschema
        import kubernetes_validate
    except ImportError:
        return [], sorted({document["kind"] for document in documents})
    faults: list[str] = []
    unchecked: set[str] = set()
    for document in documents:
        kind = (document["apiVersion"], document["kind"])
        if kind in custom:
            errors = jsonschema.Draft7Validator(custom[kind]).iter_errors(document)
            faults += [f"{describe_object(document)}: {e.json_path}: {e.message}" for e in errors]
        elif _OWN.match(document["apiVersion"]):
            try:
                kubernetes_validate.validate(document, KUBERNETES, strict=True)
            except kubernetes_validate.SchemaNotFoundError:
                faults.append(
                    f"{describe_object(document)}: Kubernetes {KUBERNETES} has no {document['kind']}"
                    f" in {document['apiVersion']}"
                )
            except kubernetes_validate.ValidationError as error:
                place = ".".join(str(part) for part in error.path)
                faults.append(f"{describe_object(document)}: {place}: {error.message}")
        else:
            unchecked.add(document["kind"])
    return faults, sorted(unchecked)


def policy_errors(documents: list[Manifest]) -> list[str]:
    """What a schema does not say: see each check's words."""
    faults = []
    for document in documents:
        if document["kind"] == "Secret":
            faults.append(f"{describe_object(document)}: a secret's values may not be in a file")
        for pod in pod_specs(document):
            faults += [f"{describe_object(document)}: {fault}" for fault in _pod_faults(pod)]
            lasting = document["kind"] not in ("Job", "CronJob", "Pod")
            for container in containers(pod):
                where = f"{describe_object(document)}, container {container['name']}"
                found = [*_container_faults(container), *_image_faults(container)]
                if lasting and container in pod["containers"]:
                    found += [
                        f"no {probe}"
                        for probe in ("livenessProbe", "readinessProbe")
                        if probe not in container
                    ]
                faults += [f"{where}: {fault}" for fault in found]
    return faults + _unnamed_policies(documents)


def _pod_faults(pod: Manifest) -> Iterator[str]:
    context = pod.get("securityContext", {})
    if not context.get("runAsNonRoot") or not context.get("runAsUser"):
        yield "runs as root, or may: securityContext needs runAsNonRoot and runAsUser"
    if context.get("seccompProfile", {}).get("type") != "RuntimeDefault":
        yield "securityContext.seccompProfile is not RuntimeDefault"
    if pod.get("automountServiceAccountToken") is None:
        yield "automountServiceAccountToken is not said"
    for key in ("hostNetwork", "hostPID", "hostIPC"):
        if pod.get(key):
            yield f"{key} is set"
    for volume in pod.get("volumes", []):
        if "hostPath" in volume:
            yield f"volume {volume['name']} is of the host"
        if "emptyDir" in volume and "sizeLimit" not in (volume["emptyDir"] or {}):
            yield f"volume {volume['name']} has no sizeLimit"


def _container_faults(container: Manifest) -> Iterator[str]:
    context = container.get("securityContext", {})
    if context.get("allowPrivilegeEscalation") is not False:
        yield "allowPrivilegeEscalation is not false"
    if context.get("readOnlyRootFilesystem") is not True:
        yield "the root file system is writable"
    if context.get("capabilities", {}).get("drop") != ["ALL"]:
        yield "does not drop all capabilities"
    resources = container.get("resources", {})
    for part in ("requests", "limits"):
        for what in ("cpu", "memory"):
            if what not in resources.get(part, {}):
                yield f"resources.{part}.{what} is not set"
    for one in container.get("env", []):
        if re.search(r"PASSWORD|SECRET|TOKEN|KEY", one["name"].upper()) and "value" in one:
            yield f"variable {one['name']} holds its value in the file"


def _image_faults(container: Manifest) -> Iterator[str]:
    image = container["image"]
    found = _TAG.search(image)
    tag = found["tag"] if found else None
    if "@sha256:" not in image and tag in (None, "latest"):
        yield f"image {image}: allowed is a tag other than latest, or a digest"


def _unnamed_policies(documents: list[Manifest]) -> list[str]:
    """Every pod needs a policy that names it beside the one that denies all."""
    policies = [d for d in documents if d["kind"] == "NetworkPolicy"]
    if not policies:
        return []
    named = [policy["spec"]["podSelector"] for policy in policies]
    if {} not in named:
        return ["NetworkPolicy: none denies all"]
    faults = []
    for document in documents:
        template = _template(document)
        if template is None:
            continue
        found = template.get("metadata", {}).get("labels", {})
        chosen = [s for s in named if s and _matches(s, found)]
        if not chosen:
            faults.append(f"{describe_object(document)}: no NetworkPolicy names its pods")
    return faults


def _template(document: Manifest) -> Manifest | None:
    spec = document.get("spec") or {}
    if document["kind"] == "CronJob":
        return dict(spec["jobTemplate"]["spec"]["template"])
    if document["kind"] == "SeldonDeployment":
        return dict(spec["predictors"][0]["componentSpecs"][0])
    return dict(spec["template"]) if "template" in spec else None


def _matches(selector: Manifest, found: dict[str, str]) -> bool:
    wanted = selector.get("matchLabels", {})
    return all(found.get(key) == value for key, value in wanted.items())
