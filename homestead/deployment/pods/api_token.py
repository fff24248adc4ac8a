"""Token of the Kubernetes API for one container of a pod, in place of the pods' usual one.

The usual token is mounted into every container, also those that an injector adds, and is valid for
a year where a client is old.
"""

from typing import Any

# Where clients in a pod look for it.
_FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount"
# The kubelet renews it in time; a copy that leaks is of no use the next hour.
TOKEN_SECONDS = 3600
_VOLUME = "api-token"
TOKEN_MOUNT = {"name": _VOLUME, "mountPath": _FOLDER, "readOnly": True}


def token_volume() -> dict[str, Any]:
    """Return the volume with the token of the pod's account, and the API server's certificate."""
    certificate = {"key": "ca.crt", "path": "ca.crt"}
    namespace = {"path": "namespace", "fieldRef": {"fieldPath": "metadata.namespace"}}
    return {
        "name": _VOLUME,
        "projected": {
            "defaultMode": 0o440,
            "sources": [
                {"serviceAccountToken": {"path": "token", "expirationSeconds": TOKEN_SECONDS}},
                {"configMap": {"name": "kube-root-ca.crt", "items": [certificate]}},
                {"downwardAPI": {"items": [namespace]}},
            ],
        },
    }
