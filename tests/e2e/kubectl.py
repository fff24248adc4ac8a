"""Access to the cluster: everything goes through kubectl and our own commands, as for a person."""

import base64
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from homestead.names import object_name

ROOT = Path(__file__).parents[2]
OVERLAY = ROOT / "manifests" / "overlays" / "kind"
NAMESPACE, CLIENT_NAMESPACE = "homestead", "homestead-e2e"
PROBLEM = "house_price"

_T = TypeVar("_T")


def service_name(problem: str) -> str:
    """Return the name of the service of a problem's servers."""
    return f"{object_name(problem)}-default"


SERVICE = service_name(PROBLEM)


def kubectl(*arguments: str, stdin: str | None = None, check: bool = True) -> str:
    """Run kubectl and return its output; an error fails the test with kubectl's message."""
    completed = subprocess.run(
        ["kubectl", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert not check or completed.returncode == 0, f"kubectl {arguments}: {completed.stderr}"
    return completed.stdout


def get_object(*arguments: str) -> dict[str, Any]:
    """Return an object of our namespace, or a list of them."""
    return dict(json.loads(kubectl("get", *arguments, "-n", NAMESPACE, "-o", "json")))


def has_kind(api_group: str, kind: str) -> bool:
    """Return whether the cluster serves a custom resource."""
    return kind in kubectl("api-resources", f"--api-group={api_group}", "--no-headers", check=False)


def homestead(*arguments: str, fails: bool = False) -> str:
    """Run one of our commands as a process and return its output."""
    command = [sys.executable, "-m", "homestead", *arguments]
    completed = subprocess.run(
        command, capture_output=True, text=True, timeout=900, cwd=ROOT, check=False
    )
    assert bool(completed.returncode) is fails, completed.stdout + completed.stderr
    return completed.stdout + completed.stderr


def wait_for(what: str, condition: Callable[[], _T], seconds: float, pause_s: float = 1.0) -> _T:
    """Return the first true value of a condition; fail the test if there is none in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(pause_s)
    raise AssertionError(f"{what}: not within {seconds:g} s")


def start_job(
    job_name: str,
    name: str,
    args: list[str] | None = None,
    problem: str = PROBLEM,
    command: list[str] | None = None,
) -> None:
    """Create a Job from a scheduled one of a problem, with other arguments or command if given."""
    cronjob = f"{job_name}-{object_name(problem)}" if problem else job_name
    job = json.loads(
        kubectl(
            *("create", "job", name, f"--from=cronjob/{cronjob}", "-n", NAMESPACE),
            *("--dry-run=client", "-o", "json"),
        )
    )
    if args:
        job["spec"]["template"]["spec"]["containers"][0]["args"] = args
    if command:
        job["spec"]["template"]["spec"]["containers"][0]["command"] = command
    kubectl("apply", "-f", "-", stdin=json.dumps(job))


def finish_job(name: str, seconds: float, namespace: str = NAMESPACE) -> str:
    """Wait for the end of a Job and return its log; a failed Job fails the test with its log."""

    def final_condition() -> str | None:
        job = json.loads(kubectl("get", "job", name, "-n", namespace, "-o", "json"))
        conditions = job["status"].get("conditions", [])
        types = {condition["type"] for condition in conditions if condition["status"] == "True"}
        return next((final for final in ("Complete", "Failed") if final in types), None)

    condition = wait_for(f"job {name}", final_condition, seconds)
    log = kubectl("logs", f"job/{name}", "-n", namespace, "--tail=-1", check=False)
    assert condition == "Complete", f"job {name} failed:\n{log}"
    return log


def sql(database: str, query: str) -> list[str]:
    """Return the rows of a query in one of PostgreSQL's databases."""
    psql = f'PGPASSWORD="$POSTGRES_PASSWORD" psql -h 127.0.0.1 -U postgres -d {database} -At'
    return kubectl(
        "exec", "-i", "-n", NAMESPACE, "postgres-0", "--", "sh", "-c", psql, stdin=query
    ).splitlines()


def secret_values() -> set[str]:
    """Return every value of the namespace's Secrets."""
    return {
        base64.b64decode(value).decode()
        for secret in get_object("secrets")["items"]
        for value in secret.get("data", {}).values()
    }


def may(account: str, *arguments: str, of: str = NAMESPACE, where: str = NAMESPACE) -> bool:
    """Return whether a service account of a namespace may do something in a namespace."""
    user = f"system:serviceaccount:{of}:{account}"
    return is_allowed(*arguments, "-n", where, f"--as={user}")


def is_allowed(*arguments: str) -> bool:
    """Return the answer of ``kubectl auth can-i``."""
    return kubectl("auth", "can-i", *arguments, check=False).strip() == "yes"
