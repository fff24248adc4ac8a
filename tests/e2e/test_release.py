"""Releases on the cluster, under load: a good challenger to all requests, a bad one back.

What is killed or away in between loses no request of a server that lives, and decides nothing.
"""

import time
from typing import Any

import pandas as pd
import pytest

from homestead.problem.schema import Problem
from tests.e2e.clients import client_result, start_client, stop_client
from tests.e2e.kubectl import NAMESPACE, PROBLEM, get_object, has_kind, kubectl, may, sql, wait_for
from tests.e2e.releases import (
    ENDS,
    deploy_policy,
    events,
    kill_step,
    newest_release,
    read_plan,
    register_challenger,
    release,
    suspend_controller,
    take_step,
    wait_until_served,
    write_plan,
)
from tests.e2e.servers import kill_server, ready_servers
from tests.e2e.test_cluster import assert_logged, bodies

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900)]

GOOD, BAD = 1.000001, 1.6
_STEPS = 30


@pytest.fixture(scope="module")
def requests(sales: pd.DataFrame, problem: Problem, policy: None) -> list[dict[str, Any]]:
    """Return requests about many subjects: each counts once in the evidence."""
    return bodies(sales.head(2500), problem)


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Deploy the problem with a policy whose steps last seconds."""
    deploy_policy(tmp_path_factory.mktemp("policy"))


def send(name: str, requests: list[dict[str, Any]], seconds: float) -> None:
    """Start a client that sends some 60 requests a second."""
    start_client(name, requests, seconds=seconds, pause=0.05)


def assert_no_loss(name: str, notes: list[str]) -> dict[str, Any]:
    """Assert that every request of a client was answered and logged; return the result."""
    result = client_result(name, 600)
    notes.append(f"{name}: {len(result['answered'])} answered, errors {result['errors']}")
    assert result["errors"] == {}
    assert_logged(result["answered"])
    return result


def champion_alias() -> str:
    query = f"select version from registered_model_aliases where name = '{PROBLEM}'"  # noqa: S608
    (version,) = sql("mlflow", f"{query} and alias = 'champion'")
    return version


def test_accounts_of_a_release_have_rights_to_their_own_problem_alone() -> None:
    plan, other = "configmap/release-house-price", "configmap/release-churn"
    servers = "seldondeployments.machinelearning.seldon.io"
    known = has_kind("machinelearning.seldon.io", "SeldonDeployment")
    for account, verb, what, allowed in (
        ("release-house-price", "patch", plan, True),
        ("release-house-price", "patch", other, False),
        ("release-house-price", "get", f"{servers}/house-price", known),
        ("release-house-price", "get", f"{servers}/churn", False),
        ("release-house-price", "patch", f"{servers}/house-price", False),
        ("release-house-price", "create", "events", True),
        ("release-house-price", "get", "secrets", False),
        ("train-house-price", "patch", plan, True),
        ("train-house-price", "create", "events", True),
        ("train-house-price", "patch", other, False),
        ("server-house-price", "watch", plan, True),
        ("server-house-price", "patch", plan, False),
        ("server-house-price", "watch", other, False),
        ("server-house-price", "list", "configmaps", False),
        ("server-house-price", "get", "secrets", False),
    ):
        assert may(account, verb, what) is allowed, (account, verb, what)


def measure_effect(notes: list[str]) -> None:
    """Change the share three times; the controller heals it afterwards."""
    measured = []
    for share in (0.26, 0.27, 0.28):
        changed = read_plan().model_copy(update={"traffic_share": share})
        written_at = write_plan(changed)
        measured += [since - written_at for since in wait_until_served(changed).values()]
    shown = ", ".join(f"{1000 * seconds:.0f}" for seconds in sorted(measured))
    notes.append(f"ms from the API server's answer to a plan's effect on each server: {shown}")
    assert max(measured) < 2


def test_a_good_challenger_gets_all_requests(
    requests: list[dict[str, Any]], notes: list[str]
) -> None:
    before, version = read_plan(), register_challenger(GOOD)
    send("canary", requests, 600)
    started = time.monotonic()
    release("start", "--version", version)
    assert newest_release()["state"] == "running"
    wait_until_served(read_plan())
    measure_effect(notes)
    seen = set()
    for _ in range(_STEPS):
        state = newest_release()
        if state["state"] in ENDS:
            break
        # A controller that is killed leaves the next one to go on, once in each state.
        if (place := (state["state"], state["step"])) not in seen:
            seen.add(place)
            kill_step(after_s=2 + len(seen))
        take_step()
    last = newest_release()
    assert last["state"] == "promoted", events(last["id"])
    notes.append(f"canary: promoted after {time.monotonic() - started:.0f} s, killed at {seen}")
    shares = [event["traffic_share"] for event in events(last["id"])]
    assert shares == sorted(shares)
    # Each place once, whatever was killed in it.
    places = [(event["state"], event["step"]) for event in events(last["id"])]
    assert len(places) == len(set(places))
    plan = read_plan()
    assert (plan.champion.version, plan.challenger) == (version, None)
    assert plan.champion.digest != before.champion.digest
    assert champion_alias() == version
    wait_until_served(plan)
    stop_client("canary")
    result = assert_no_loss("canary", notes)
    assert result["answers"][-1]["meta"]["tags"]["digest"] == plan.champion.digest


def test_a_bad_challenger_is_taken_back(requests: list[dict[str, Any]], notes: list[str]) -> None:
    before, version = read_plan(), register_challenger(BAD)
    send("bad-canary", requests, 600)
    started = time.monotonic()
    release("start", "--version", version)
    suspend_controller(False)
    wait_for("the end of the release", lambda: newest_release()["state"] in ENDS, 300, 2)
    suspend_controller(True)
    last = newest_release()
    assert last["state"] == "rolled_back", events(last["id"])
    notes.append(f"bad canary: back after {time.monotonic() - started:.0f} s: {last['reason']}")
    plan = read_plan()
    assert plan.digest == before.digest
    assert champion_alias() == before.champion.version
    wait_until_served(plan)
    stop_client("bad-canary")
    assert_no_loss("bad-canary", notes)


def test_a_killed_server_and_a_database_away_decide_nothing(
    requests: list[dict[str, Any]], notes: list[str]
) -> None:
    version = register_challenger(1.000002)
    release("start", "--version", version)
    send("killed", requests, 40)
    assert take_step()["state"] == "running"
    first, second = ready_servers()[:2]
    kill_server(first)
    wait_for("the killed server to be ready again", lambda: first in ready_servers(), 60)
    kubectl("delete", "pod", second, "-n", NAMESPACE, "--wait=false")
    result = client_result("killed")
    notes.append(f"a pod killed in a canary: errors {result['errors']}")
    assert_logged(result["answered"])
    assert take_step()["state"] not in ("rolling_back", "rolled_back")
    wait_for("two ready servers", lambda: len(ready_servers()) >= 2, 120)
    before, plan = newest_release(), read_plan()
    assert before["state"] == "running"
    send("outage", requests, 90)
    kubectl("scale", "statefulset/postgres", "-n", NAMESPACE, "--replicas=0")
    kubectl("wait", "pod/postgres-0", "-n", NAMESPACE, "--for=delete", "--timeout=60s")
    away = time.monotonic()
    kill_step(after_s=45)
    assert read_plan() == plan
    time.sleep(max(0.0, 60 - (time.monotonic() - away)))
    kubectl("scale", "statefulset/postgres", "-n", NAMESPACE, "--replicas=1")
    wait_for("PostgreSQL", lambda: _is_ready("postgres-0"), 120)
    after = newest_release()
    assert (after["state"], after["step"], after["revision"]) == (
        before["state"],
        before["step"],
        before["revision"],
    )
    assert_no_loss("outage", notes)
    assert take_step()["state"] not in ("rolling_back", "rolled_back")


def _is_ready(pod: str) -> bool:
    conditions = get_object("pod", pod).get("status", {}).get("conditions", [])
    return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)
