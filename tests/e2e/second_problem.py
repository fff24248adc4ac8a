"""A second problem on the cluster: a small table, and what is compared of the first one."""

import json
from pathlib import Path

import pandas as pd

from homestead.deployment.labels import problem_selector
from homestead.problem.loader import load_problem
from homestead.problem.schema import Problem
from tests.e2e.kubectl import NAMESPACE, ROOT, get_object, homestead, kubectl, service_name

TABLE = ROOT / "tests" / "problems" / "churn.csv"
_FILE = TABLE.with_suffix(".yaml")
# Every kind that a problem has objects of, as far as each cluster serves it.
_KINDS = (
    "configmaps,cronjobs,jobs,pods,roles,rolebindings,serviceaccounts,poddisruptionbudgets"
    ",networkpolicies,services,deployments"
)


def write_second_problem(folder: Path) -> Path:
    """Push the table into the cluster's bucket and write the problem file that names it."""
    uri = homestead("data", "push", str(TABLE)).split()[-1]
    path = folder / "churn.yaml"
    path.write_text(_FILE.read_text().replace("source: churn.csv", f"source: {uri}"))
    return path


def surveys(problem: Problem, count: int) -> pd.DataFrame:
    """Return the newest rows of the table, with the time as text."""
    rows = pd.read_csv(TABLE).sort_values(str(problem.timestamp))
    return rows.tail(count).reset_index(drop=True)


def second_problem() -> Problem:
    """Return the problem as its file describes it."""
    return load_problem(_FILE)


def objects_of(problem: str) -> dict[str, str]:
    """Return the version of each object of a problem that nothing but a deployment changes."""
    items = get_object(_KINDS, "-l", problem_selector(problem))["items"]
    return {
        f"{item['kind']}/{item['metadata']['name']}": item["metadata"]["uid"]
        + json.dumps(item.get("spec", item.get("data", item.get("rules", ""))), sort_keys=True)
        for item in items
        if item["kind"] not in ("Pod", "Job")
    }


def anything_of(problem: str) -> list[str]:
    """Return the names of all objects of a problem, with pods and jobs."""
    selector = ("-l", problem_selector(problem), "-n", NAMESPACE, "-o", "name")
    return kubectl("get", _KINDS, *selector).split()


def delete_stand_in(problem: str) -> None:
    """Delete the Deployment and Service that the test made in place of the operator."""
    name = service_name(problem)
    kubectl(
        "delete", f"deployment/{name}", f"service/{name}", "-n", NAMESPACE, "--ignore-not-found"
    )
