"""Policy checks of rights: roles of a problem, and what a server's pod may hold."""

from collections.abc import Iterator

from homestead.deployment.labels import PROBLEM_LABEL
from homestead.deployment.manifests import Manifest
from homestead.deployment.pods.api_token import TOKEN_SECONDS
from homestead.deployment.pods.keys import SIGNING_KEY


def role_errors(document: Manifest) -> Iterator[str]:
    """Yield what a role allows beyond our policy: anything, secrets, or objects of other problems.

    Only the right to create can't be one to a name.
    """
    if document["kind"] not in ("Role", "ClusterRole"):
        return
    if document["kind"] == "ClusterRole":
        yield "allowed is a Role, of one namespace"
    of_a_problem = PROBLEM_LABEL in document["metadata"].get("labels", {})
    for rule in document["rules"]:
        resources, verbs = rule["resources"], rule["verbs"]
        if "*" in (*rule["apiGroups"], *resources, *verbs):
            yield "a rule allows '*': name groups, resources and verbs"
        if "secrets" in resources:
            yield "a rule allows secrets: pods get them mounted"
        if of_a_problem and verbs != ["create"] and not rule.get("resourceNames"):
            names = ", ".join(resources)
            yield f"a rule for {names} has no resourceNames: it would hold for every problem"


def server_errors(pod: Manifest) -> Iterator[str]:
    """Yield what a pod holds that answers requests, and that its process must not have."""
    if pod.get("automountServiceAccountToken"):
        yield "automountServiceAccountToken is true: a server gets a projected token"
    for volume in pod.get("volumes", []):
        if volume.get("secret", {}).get("secretName") == SIGNING_KEY.secret:
            yield f"volume {volume['name']} holds the key that signs certificates"
        for source in volume.get("projected", {}).get("sources", []):
            token = source.get("serviceAccountToken")
            if token is None:
                continue
            if token.get("expirationSeconds", TOKEN_SECONDS) > TOKEN_SECONDS:
                yield f"volume {volume['name']}: its token is valid longer than {TOKEN_SECONDS} s"
            mounted = [
                mount
                for container in (*pod.get("initContainers", []), *pod["containers"])
                for mount in container.get("volumeMounts", [])
                if mount["name"] == volume["name"]
            ]
            if len(mounted) > 1:
                yield f"volume {volume['name']}: its token is mounted {len(mounted)} times"
