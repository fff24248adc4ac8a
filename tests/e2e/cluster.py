"""What the end-to-end test does to a cluster: all through kubectl, as a person would."""

import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from homestead.deployment.server_pod import SERVER_IMAGE, pod_template, server_labels
from homestead.names import HTTP_PORT, USER_ID, object_name, release_config_map

ROOT = Path(__file__).parents[2]
OVERLAY = ROOT / "manifests" / "overlays" / "kind"
NAMESPACE, CLIENTS = "homestead", "homestead-e2e"
PROBLEM = "house_price"
RUN = f"{time.time_ns():x}"
SERVICE = f"{object_name(PROBLEM)}-default"


def kubectl(*arguments: str, text: str | None = None, check: bool = True) -> str:
    """kubectl's output; its complaint as an assertion."""
    done = subprocess.run(
        ["kubectl", *arguments],
        input=text,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert not check or done.returncode == 0, f"kubectl {arguments}: {done.stderr}"
    return done.stdout


def get(*arguments: str) -> dict[str, Any]:
    """An object or a list of them."""
    return dict(json.loads(kubectl("get", *arguments, "-n", NAMESPACE, "-o", "json")))


def homestead(*arguments: str, fails: bool = False) -> str:
    """One of our own verbs, run as a process; what it says."""
    command = [sys.executable, "-m", "homestead", *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=900, cwd=ROOT, check=False
    )
    assert bool(done.returncode) is fails, done.stdout + done.stderr
    return done.stdout + done.stderr


def wait_for(what: str, condition: Callable[[], Any], seconds: float, pause: float = 1.0) -> Any:
    """The condition's first true value."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(pause)
    raise AssertionError(f"{what}: not within {seconds:g} s")


def has_kind(api: str, kind: str) -> bool:
    """Whether the cluster knows a custom resource."""
    return kind in kubectl("api-resources", f"--api-group={api}", "--no-headers", check=False)


def start_job(cronjob: str, name: str, args: list[str] | None = None) -> None:
    """Run a CronJob by hand, with other arguments if asked."""
    made = json.loads(
        kubectl(
            *("create", "job", name, f"--from=cronjob/{cronjob}", "-n", NAMESPACE),
            *("--dry-run=client", "-o", "json"),
        )
    )
    if args:
        made["spec"]["template"]["spec"]["containers"][0]["args"] = args
    kubectl("apply", "-f", "-", text=json.dumps(made))


def finish_job(name: str, seconds: float, namespace: str = NAMESPACE) -> str:
    """Wait for a job's end; its log. A failed one fails the test, with the log."""

    def ended() -> str | None:
        found = json.loads(kubectl("get", "job", name, "-n", namespace, "-o", "json"))
        kinds = {c["type"] for c in found["status"].get("conditions", []) if c["status"] == "True"}
        return next((kind for kind in ("Complete", "Failed") if kind in kinds), None)

    state = wait_for(f"job {name}", ended, seconds)
    log = kubectl("logs", f"job/{name}", "-n", namespace, "--tail=-1", check=False)
    assert state == "Complete", f"job {name} failed:\n{log}"
    return log


def sql(database: str, query: str) -> list[str]:
    """Rows of a query in one of PostgreSQL's databases."""
    ask = f'PGPASSWORD="$POSTGRES_PASSWORD" psql -h 127.0.0.1 -U postgres -d {database} -At'
    return kubectl(
        "exec", "-i", "-n", NAMESPACE, "postgres-0", "--", "sh", "-c", ask, text=query
    ).splitlines()


def operated() -> bool:
    """Whether a Seldon operator is there, which then has to answer: the SeldonDeployment, applied
    by ``deploy``, has a state."""
    if not has_kind("machinelearning.seldon.io", "SeldonDeployment"):
        return False
    wait_for("the Seldon operator's answer", lambda: seldon_status().get("state"), 60)
    return True


def seldon_status() -> dict[str, Any]:
    """What the operator says of the SeldonDeployment."""
    return dict(get("sdep", object_name(PROBLEM)).get("status", {}))


def available() -> bool:
    """Whether the operator calls the servers available."""
    return seldon_status().get("state") == "Available"


def serve() -> str:
    """Bring up the servers: by the Seldon operator, or where there is none by a Deployment made of
    the same pod template. Returns which."""
    if operated():
        # They wait for the release since they were deployed.
        poke([pod["metadata"]["name"] for pod in server_pods()])
        return "the Seldon operator"
    workload = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": SERVICE, "namespace": NAMESPACE},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": server_labels(PROBLEM)},
            "template": pod_template(
                PROBLEM, os.environ.get("HOMESTEAD_SERVING_IMAGE", SERVER_IMAGE)
            ),
        },
    }
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": SERVICE, "namespace": NAMESPACE},
        "spec": {
            "selector": server_labels(PROBLEM),
            "ports": [{"name": "http", "port": HTTP_PORT, "targetPort": HTTP_PORT}],
        },
    }
    kubectl("apply", "-f", "-", text=yaml.safe_dump_all([workload, service]))
    return "a Deployment of the test, from the SeldonDeployment's pod template (no Seldon operator)"


def lacking(wanted: Any, found: Any, path: str = "") -> list[str]:
    """Paths of what an object of the cluster has not got; it may have more. Lists of things that
    have a name are compared by it."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        return [p for k in wanted for p in lacking(wanted[k], found.get(k), f"{path}.{k}")]
    if isinstance(wanted, list) and all(isinstance(w, dict) and "name" in w for w in wanted):
        there = {item["name"]: item for item in found or []}
        return [p for w in wanted for p in lacking(w, there.get(w["name"]), f"{path}.{w['name']}")]
    return [] if wanted == found else [f"{path}: wanted {wanted}, found {found}"]


def server_pods() -> list[dict[str, Any]]:
    """The server pods that are not about to end."""
    chosen = ",".join(f"{key}={value}" for key, value in server_labels(PROBLEM).items())
    items = get("pods", "-l", chosen)["items"]
    return [pod for pod in items if "deletionTimestamp" not in pod["metadata"]]


def ready_servers() -> list[str]:
    """Names of the server pods that answer."""
    return [
        pod["metadata"]["name"]
        for pod in server_pods()
        if any(
            c["type"] == "Ready" and c["status"] == "True"
            for c in pod["status"].get("conditions", [])
        )
    ]


def restart_servers() -> None:
    """A rolling update to the same image, as docs/kubernetes.md says."""
    if operated():
        patch = {"spec": {"annotations": {"homestead/restarted": f"{time.time():.0f}"}}}
        name = object_name(PROBLEM)
        kubectl(*("patch", "sdep", name, "-n", NAMESPACE, "--type=merge", "-p", json.dumps(patch)))
    else:
        kubectl("rollout", "restart", f"deployment/{SERVICE}", "-n", NAMESPACE)


def kill_server(pod: str) -> None:
    """kill -9 of the server process in a pod."""
    code = (
        "import os, pathlib\n"
        "for p in pathlib.Path('/proc').glob('[0-9]*'):\n"
        "    try: words = (p / 'cmdline').read_bytes().split(b'\\0')\n"
        "    except OSError: continue\n"
        "    if words[1:4] == [b'-m', b'homestead', b'serve']: os.kill(int(p.name), 9)\n"
    )
    kubectl("exec", pod, "-n", NAMESPACE, "-c", object_name(PROBLEM), "--", "python", "-c", code)


def poke(pods: list[str]) -> None:
    """Have a changed release seen at once instead of at the kubelet's next sync."""
    for pod in pods:
        kubectl(
            *("annotate", "pod", pod, "-n", NAMESPACE, "--overwrite"),
            f"homestead/seen={time.time()}",
        )


def released() -> dict[str, Any] | None:
    """The release plan, or None."""
    text = get("configmap", release_config_map(PROBLEM)).get("data", {}).get("plan.json")
    return json.loads(text) if text else None


def start_client(name: str, bodies: list[dict[str, Any]], **plan: Any) -> None:
    """Send requests from a pod in another namespace that may."""
    full = {
        "host": f"{SERVICE}.{NAMESPACE}:{HTTP_PORT}",
        "path": "/predict",
        "seconds": 30,
        "connections": 4,
        "pause": 0.02,
        "prefix": f"{name}-{RUN}",
        "bodies": bodies,
        **plan,
    }
    code = (ROOT / "tests" / "e2e" / "client.py").read_text()
    strict = {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    container = {
        "name": "client",
        "image": os.environ.get("HOMESTEAD_SERVING_IMAGE", SERVER_IMAGE),
        "imagePullPolicy": "IfNotPresent",
        "command": ["python", "/e2e/client.py"],
        "securityContext": strict,
        "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}},
        "volumeMounts": [{"name": "e2e", "mountPath": "/e2e"}],
    }
    pod = {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER_ID,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container],
        "volumes": [{"name": "e2e", "configMap": {"name": name}}],
    }
    meta = {"name": name, "namespace": CLIENTS}
    kubectl(
        *("apply", "--server-side", "-f", "-"),
        text=yaml.safe_dump_all(
            [
                {
                    "apiVersion": "v1",
                    "kind": "ConfigMap",
                    "metadata": meta,
                    "data": {"client.py": code, "plan.json": json.dumps(full)},
                },
                {
                    "apiVersion": "batch/v1",
                    "kind": "Job",
                    "metadata": meta,
                    "spec": {"backoffLimit": 0, "template": {"spec": pod}},
                },
            ]
        ),
    )
    wait_for(
        f"client {name}",
        lambda: "Running" in (state := _phase(name)) or "Succeeded" in state,
        60,
        0.3,
    )


def _phase(name: str) -> str:
    return kubectl(
        *("get", "pods", "-n", CLIENTS, "-l", f"job-name={name}"),
        *("-o", "jsonpath={.items[*].status.phase}"),
    )


def client_result(name: str, seconds: float = 180) -> dict[str, Any]:
    """What a client saw, at its end."""
    log = finish_job(name, seconds, CLIENTS)
    return dict(json.loads(log[log.index("RESULT ") + 7 :]))


def prometheus(query: str) -> list[dict[str, Any]]:
    """An instant query's samples."""
    from urllib.parse import quote

    service = "/api/v1/namespaces/monitoring/services/prometheus-operated:9090/proxy"
    answer = json.loads(kubectl("get", "--raw", f"{service}/api/v1/query?query={quote(query)}"))
    return list(answer["data"]["result"])


def memory() -> dict[str, int]:
    """Working set in MB of each running pod of the namespace."""
    node = json.loads(kubectl("get", "nodes", "-o", "json"))["items"][0]["metadata"]["name"]
    summary = json.loads(kubectl("get", "--raw", f"/api/v1/nodes/{node}/proxy/stats/summary"))
    return {
        pod["podRef"]["name"]: round(pod["memory"]["workingSetBytes"] / 1e6)
        for pod in summary["pods"]
        if pod["podRef"]["namespace"] == NAMESPACE and "workingSetBytes" in pod.get("memory", {})
    }


def secret_values() -> set[str]:
    """Every value of the namespace's secrets."""
    values = set()
    for item in get("secrets")["items"]:
        values |= {base64.b64decode(v).decode() for v in item.get("data", {}).values()}
    return values
