"""Stores of the release plan: a file, and a ConfigMap.

No API server can run here. A small stand-in gives the real one's two refusals: of what is not
allowed, and of an object that does not exist; and it tells accounts their names and rights.
"""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from homestead.errors import UserError
from homestead.names import RELEASE_PLAN_FILE
from homestead.release.plan import ReleasePlan, read_plan
from homestead.release.plan_store import PlanStore, open_plan_store
from homestead.settings import Settings
from tests.factories import model_version

PLAN = ReleasePlan(problem="house_price", champion=model_version("1"))


class Cluster(HTTPServer):
    """An API server with one ConfigMap."""

    path = "/api/v1/namespaces/homestead/configmaps/release-house-price"
    data: dict[str, str]
    allowed = True
    denied_verbs: tuple[str, ...] = ()
    account = "system:serviceaccount:kubeflow:pipeline-runner"


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    class Handler(BaseHTTPRequestHandler):
        server: Cluster

        def do_GET(self) -> None:
            self.answer()

        def do_PATCH(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.server.allowed and self.path == self.server.path:
                self.server.data.update(body["data"])
            self.answer()

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path.endswith("/selfsubjectreviews"):
                status: dict[str, Any] = {"userInfo": {"username": self.server.account}}
            else:
                attributes = body["spec"]["resourceAttributes"]
                assert attributes["resource"] == "configmaps"
                assert attributes["name"] == "release-house-price"
                verb_is_denied = attributes["verb"] in self.server.denied_verbs
                status = {"allowed": self.server.allowed and not verb_is_denied}
            self.send(201, {"spec": {}, "status": status})

        def answer(self) -> None:
            status = 200 if self.path == self.server.path else 404
            content: dict[str, Any] = {"kind": "ConfigMap", "data": self.server.data}
            self.send(status if self.server.allowed else 403, content)

        def send(self, status: int, content: dict[str, Any]) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(content).encode())

        def log_message(self, *arguments: Any) -> None:
            pass

    server = Cluster(("127.0.0.1", 0), Handler)
    server.data = {}
    threading.Thread(target=server.serve_forever, daemon=True).start()
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "x",
        "clusters": [
            {"name": "x", "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}
        ],
        "users": [{"name": "x", "user": {}}],
        "contexts": [{"name": "x", "context": {"cluster": "x", "user": "x"}}],
    }
    file = tmp_path / "kubeconfig"
    file.write_text(yaml.safe_dump(config))
    monkeypatch.setenv("KUBECONFIG", str(file))
    yield server
    server.shutdown()
    server.server_close()


def test_a_config_map_returns_the_plan_that_was_written(
    cluster: Cluster, settings: Settings
) -> None:
    store = open_plan_store(
        settings.model_copy(update={"release_uri": "configmap://homestead"}), "house_price"
    )
    assert store.read() is None
    store.write(PLAN)
    assert store.read() == PLAN
    assert json.loads(cluster.data[RELEASE_PLAN_FILE])["champion"]["version"] == "1"


def test_a_refusal_of_the_cluster_becomes_an_error_that_says_what_to_do(
    cluster: Cluster, settings: Settings
) -> None:
    store = open_plan_store(
        settings.model_copy(update={"release_uri": "configmap://elsewhere"}), "house_price"
    )
    with pytest.raises(UserError, match="ConfigMap elsewhere/release-house-price: does not exist"):
        store.read()
    cluster.allowed = False
    store = open_plan_store(
        settings.model_copy(update={"release_uri": "configmap://homestead"}), "house_price"
    )
    with pytest.raises(UserError, match="access denied to this service account"):
        store.write(PLAN)


def at(settings: Settings, namespace: str) -> PlanStore:
    configured = settings.model_copy(update={"release_uri": f"configmap://{namespace}"})
    return open_plan_store(configured, "house_price")


def test_a_config_map_that_can_be_changed_passes_the_check_unchanged(
    cluster: Cluster, settings: Settings
) -> None:
    at(settings, "homestead").check()
    assert cluster.data == {}


def test_the_check_names_the_command_that_makes_a_missing_config_map(
    cluster: Cluster, settings: Settings
) -> None:
    with pytest.raises(UserError) as error:
        at(settings, "elsewhere").check()
    first, *commands = str(error.value).splitlines()
    assert first.startswith("ConfigMap elsewhere/release-house-price: does not exist; ")
    assert commands == ["  kubectl create configmap release-house-price -n elsewhere"]


def test_the_check_names_the_commands_that_give_a_missing_right(
    cluster: Cluster, settings: Settings
) -> None:
    cluster.denied_verbs = ("patch",)
    with pytest.raises(UserError) as error:
        at(settings, "homestead").check()
    first, _, role, binding = str(error.value).splitlines()
    assert "release-house-price: this service account may not patch it" in first
    assert role == (
        "  kubectl create role release-house-price-writer -n homestead --verb=get,patch"
        " --resource=configmaps --resource-name=release-house-price"
    )
    assert binding == (
        "  kubectl create rolebinding release-house-price-writer -n homestead"
        " --role=release-house-price-writer --serviceaccount=kubeflow:pipeline-runner"
    )


def test_the_check_reads_the_plan_that_is_there(cluster: Cluster, settings: Settings) -> None:
    cluster.data[RELEASE_PLAN_FILE] = "{"
    with pytest.raises(UserError, match="invalid JSON"):
        at(settings, "homestead").check()


def test_the_error_of_an_invalid_plan_names_the_config_map_and_the_key(
    cluster: Cluster, settings: Settings
) -> None:
    cluster.data[RELEASE_PLAN_FILE] = '{"problem": "house_price", "champion": {"version": "1"}}'
    store = open_plan_store(
        settings.model_copy(update={"release_uri": "configmap://homestead"}), "house_price"
    )
    with pytest.raises(
        UserError, match=r"ConfigMap homestead/release-house-price: champion\.digest"
    ):
        store.read()


@pytest.mark.parametrize("uri", ["homestead", "configmap://", "configmap://a/b"])
def test_another_uri_is_refused(uri: str, settings: Settings) -> None:
    with pytest.raises(UserError, match=r"HOMESTEAD_RELEASE: found '.*', allowed is configmap://"):
        open_plan_store(settings.model_copy(update={"release_uri": uri}), "house_price")


def test_without_a_setting_the_store_is_a_file(settings: Settings) -> None:
    store = open_plan_store(settings, "house_price")
    assert store.read() is None
    store.write(PLAN)
    assert read_plan(settings.release_plan("house_price")) == PLAN
    assert store.read() == PLAN
