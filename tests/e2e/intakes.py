"""Senders of labels and alerts: over the services of their ports, with the tokens of Secrets."""

import base64
import json
import urllib.error
import urllib.request
from typing import Any

from homestead.deployment.port_forward import port_forward
from homestead.deployment.problems.intakes import Intake, intake_name
from tests.e2e.kubectl import NAMESPACE, PROBLEM, get_object, kubectl


def token_of(intake: Intake) -> str:
    """Return the token that senders must show."""
    secret = get_object("secret", f"homestead-{intake.name}")
    return base64.b64decode(secret["data"]["token"]).decode()


def send(intake: Intake, path: str, content: Any, shown: str = "") -> tuple[int, Any]:
    """Post something to a port of the problem, and return status and content of the answer.

    Args:
        shown: token in place of the right one.
    """
    name = intake_name(intake, PROBLEM)
    kubectl("rollout", "status", f"deployment/{name}", "-n", NAMESPACE, "--timeout=240s")
    headers = {"Authorization": f"Bearer {shown or token_of(intake)}"}
    with port_forward(name, intake.port, NAMESPACE) as port:
        url = f"http://127.0.0.1:{port}{path}"
        request = urllib.request.Request(url, json.dumps(content).encode(), headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)
