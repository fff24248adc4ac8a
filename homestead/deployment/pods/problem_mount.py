"""Where a pod finds its problem file: in a volume, made from a ConfigMap."""

from typing import Any

from homestead.names import PROBLEM_FILE, derived_name

MOUNT_PATH = "/etc/homestead"
PATH_IN_POD = f"{MOUNT_PATH}/{PROBLEM_FILE}"
PROBLEM_VARIABLE = {"name": "HOMESTEAD_PROBLEM", "value": PATH_IN_POD}
PROBLEM_MOUNT = {"name": "problem", "mountPath": MOUNT_PATH, "readOnly": True}


def problem_config_map(problem: str) -> str:
    """Return the name of the ConfigMap that holds a problem's file."""
    return derived_name("problem-", problem)


def problem_volume(problem: str) -> dict[str, Any]:
    """Return the volume with a problem's file."""
    return {"name": "problem", "configMap": {"name": problem_config_map(problem)}}
