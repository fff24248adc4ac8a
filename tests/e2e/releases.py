"""Releases on the cluster: their policy in seconds, steps of the controller, and their effects."""

import json
import time
from pathlib import Path
from typing import Any

from homestead.bundled import IMAGE_ROOT
from homestead.names import RELEASE_PLAN_FILE, release_config_map
from homestead.release.plan import ReleasePlan
from tests.e2e.kubectl import (
    NAMESPACE,
    PROBLEM,
    ROOT,
    finish_job,
    get_object,
    homestead,
    kubectl,
    sql,
    start_job,
    wait_for,
)
from tests.e2e.servers import ready_servers

ENDS = ("promoted", "rolled_back", "superseded")
_POLICY = """
release:
  strategy: canary
  steps: [0.25, 0.5, 1.0]
  min_step_minutes: 0.05
  min_step_requests: 150
  max_hours: 1
  paired_share: 0.5
  # The machine is shared with all other pods.
  limits: {slower: 0.5, slowest: 0.5}
"""
_numbers = iter(range(1000))


def deploy_policy(folder: Path) -> None:
    """Deploy the problem with a policy whose steps last seconds; its servers stay as they are."""
    path = folder / "house_price.yaml"
    text = (ROOT / "problems" / "house_price.yaml").read_text()
    text = text.replace("source: ../", f"source: {IMAGE_ROOT}/")
    path.write_text(text.partition("\nrelease:")[0] + "\n" + _POLICY)
    homestead("deploy", "--problem", str(path), "--wait", "0")


def suspend_controller(suspend: bool) -> None:
    """Let the controller look each minute by itself, or no longer."""
    patch = json.dumps({"spec": {"suspend": suspend}})
    kubectl("patch", "cronjob", "release-house-price", "-n", NAMESPACE, "-p", patch)


def register_challenger(factor: float) -> str:
    """Register the champion with its predictions times a factor; return the version."""
    name = f"challenger-{next(_numbers)}"
    program = (ROOT / "tests" / "e2e" / "challenger.py").read_text()
    start_job("train", name, [program, str(factor)], command=["python", "-c"])
    return finish_job(name, 180).rpartition("VERSION ")[2].split()[0]


def release(*arguments: str, seconds: float = 180) -> str:
    """Run ``homestead release`` in a pod with the rights of training; return its log."""
    name = f"release-{arguments[0]}-{next(_numbers)}"
    start_job("train", name, ["release", *arguments])
    return finish_job(name, seconds)


def start_step() -> str:
    """Start a Job of the controller; return its name."""
    name = f"advance-{next(_numbers)}"
    start_job("release", name)
    return name


def take_step() -> dict[str, Any]:
    """Let the controller take a step; return the release afterwards."""
    finish_job(start_step(), 180)
    return newest_release()


def kill_step(after_s: float) -> None:
    """Let the controller begin a step, and delete its pod after some seconds, without grace."""
    name = start_step()
    selector = ("-n", NAMESPACE, "-l", f"job-name={name}")

    def runs() -> bool:
        output = ("-o", "jsonpath={.items[*].status.phase}")
        return kubectl("get", "pods", *selector, *output) in ("Running", "Succeeded", "Failed")

    wait_for(f"the pod of {name}", runs, 60, 0.2)
    time.sleep(after_s)
    kubectl("delete", "pods", *selector, "--grace-period=0", "--force")
    kubectl("delete", "job", name, "-n", NAMESPACE)


def newest_release() -> dict[str, Any]:
    """Return the newest row of the table of releases."""
    query = (
        f"select row_to_json(r) from releases r where problem = '{PROBLEM}'"  # noqa: S608
        " order by number desc limit 1"
    )
    return dict(json.loads(sql("homestead", query)[0]))


def events(release_id: str) -> list[dict[str, Any]]:
    """Return what happened in a release, in order."""
    query = (
        "select row_to_json(e) from (select state, step, traffic_share, reason, at"  # noqa: S608
        f" from release_events where release = '{release_id}' order by number) e"
    )
    return [dict(json.loads(row)) for row in sql("homestead", query)]


def read_plan() -> ReleasePlan:
    """Return the release plan of the ConfigMap."""
    config_map = get_object("configmap", release_config_map(PROBLEM))
    return ReleasePlan.model_validate_json(config_map["data"][RELEASE_PLAN_FILE])


def write_plan(plan: ReleasePlan) -> float:
    """Write a plan as the next one of the ConfigMap's; return when the API server had it."""
    text = plan.after(plan).to_json()
    patch = json.dumps({"data": {RELEASE_PLAN_FILE: text}})
    name = release_config_map(PROBLEM)
    kubectl("patch", "configmap", name, "-n", NAMESPACE, "--type=merge", "-p", patch)
    return time.time()


def served(plan: ReleasePlan) -> dict[str, float]:
    """Return the servers that say they serve a plan, and since when (seconds since 1970)."""
    query = (
        "select server || ' ' || since from served_plans"  # noqa: S608
        f" where problem = '{PROBLEM}' and plan_digest = '{plan.digest}'"
    )
    rows = (row.split() for row in sql("homestead", query))
    return {server: float(since) for server, since in rows}


def wait_until_served(plan: ReleasePlan, seconds: float = 90) -> dict[str, float]:
    """Return since when each ready server serves a plan."""

    def by_all() -> dict[str, float]:
        found = served(plan)
        return found if len(found) >= len(ready_servers()) else {}

    return wait_for(f"all servers serve the plan of revision {plan.revision}", by_all, seconds)
