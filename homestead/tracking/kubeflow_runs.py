"""Whether a run of Kubeflow Pipelines has ended, asked from the pod of a step.

A run that a person terminates runs no exit handler, so nothing else says so. Kubernetes gives every
pod in Kubeflow's namespace the address of its API; no account and no further right is needed.
"""

import json
import os
import urllib.request

_HOST_VARIABLE = "ML_PIPELINE_SERVICE_HOST"
_PORT_VARIABLE = "ML_PIPELINE_SERVICE_PORT"
END_STATES = ("SUCCEEDED", "FAILED", "CANCELED", "SKIPPED")
_TIMEOUT_S = 5


def has_ended(pipeline_run: str) -> bool | None:
    """Return whether a run has ended; None if no backend knows."""
    host = os.environ.get(_HOST_VARIABLE)
    if not host or not pipeline_run:
        return None
    port = os.environ.get(_PORT_VARIABLE, "8888")
    address = f"http://{host}:{port}/apis/v2beta1/runs/{pipeline_run}"
    try:
        with urllib.request.urlopen(address, timeout=_TIMEOUT_S) as response:
            state = json.load(response).get("state")
    except (OSError, ValueError):
        # Unreachable, a backend with accounts, or a run of another installation.
        return None
    return state in END_STATES
