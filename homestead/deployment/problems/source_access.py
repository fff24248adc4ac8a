"""How a problem's jobs reach a source outside of the stores: a network rule and a Secret."""

from urllib.parse import urlsplit

from homestead.deployment.labels import PROBLEM_LABEL
from homestead.deployment.manifests import Manifest
from homestead.names import derived_name, object_name

# Of the pods that read the source.
READS_SOURCE = {"homestead/reads-source": "true"}
# Its keys, and the variables of the same names.
SOURCE_VARIABLES = (
    "HOMESTEAD_SOURCE_USER",
    "HOMESTEAD_SOURCE_PASSWORD",
    "HOMESTEAD_SOURCE_TOKEN",
)
_PORTS = {"http": 80, "https": 443, "gs": 443, "dvc": 443, "postgresql": 5432, "postgres": 5432}
# A cloud's metadata service, which gives away the rights of the node.
_LINK_LOCAL = "169.254.0.0/16"


def source_secret(problem: str) -> str:
    """Return the name of the Secret with the account of a source, such as its password.

    It is optional. Jobs and pipeline steps that read the source get its keys as variables.
    """
    return derived_name("source-", problem)


def source_policies(problem: str, source: str) -> list[Manifest]:
    """Return the network rule that lets the jobs reach a source, none if the stores' rules do."""
    parts = urlsplit(source)
    scheme = parts.scheme.partition("+")[0]
    if scheme not in _PORTS:
        return []
    port = (None if scheme == "dvc" else parts.port) or _PORTS[scheme]
    everywhere = [{"cidr": "0.0.0.0/0", "except": [_LINK_LOCAL]}, {"cidr": "::/0"}]
    selector = {PROBLEM_LABEL: object_name(problem), **READS_SOURCE}
    return [
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {"name": source_secret(problem)},
            "spec": {
                "podSelector": {"matchLabels": selector},
                "policyTypes": ["Egress"],
                "egress": [
                    {"to": [{"ipBlock": block} for block in everywhere], "ports": [{"port": port}]}
                ],
            },
        }
    ]
