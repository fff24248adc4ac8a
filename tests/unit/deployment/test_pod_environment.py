"""Accounts, labels, network policies: each pod reaches the stores that it uses, and no others."""

from collections.abc import Iterator
from typing import Any

import yaml

from homestead.deployment.checks.policy_checks import pod_template_of
from homestead.deployment.manifests import Manifest, containers, name_of_object, pod_specs
from homestead.deployment.pod_environment import TRACKERS_SECRET
from homestead.pipelines.compile import COMPILED
from tests.unit.deployment.documents import find_object

Rendered = dict[str, list[Manifest]]
USES = "homestead/uses-"
# The store that a variable leads to.
VARIABLES = {
    "HOMESTEAD_DATABASE_URL": "database",
    "HOMESTEAD_FEAST_REGISTRY": "database",
    "MLFLOW_BACKEND_STORE_URI": "database",
    "PGHOST": "database",
    "HOMESTEAD_REDIS": "redis",
    "AWS_ACCESS_KEY_ID": "s3",
    "WANDB_API_KEY": "trackers",
}


def pods(documents: list[Manifest]) -> Iterator[tuple[str, dict[str, str], Manifest]]:
    """Yield name, labels and spec of each kind of pod."""
    for document in documents:
        template = pod_template_of(document)
        if template is not None:
            for spec in pod_specs(document):
                yield name_of_object(document), template["metadata"]["labels"], spec


def used(labels: dict[str, str]) -> set[str]:
    return {key.removeprefix(USES) for key in labels if key.startswith(USES)}


def test_a_pod_has_the_accounts_of_the_stores_that_its_labels_name(rendered: Rendered) -> None:
    for documents in rendered.values():
        for name, labels, spec in pods(documents):
            named = {
                VARIABLES[variable["name"]]
                for container in containers(spec)
                for variable in container.get("env", [])
                if variable["name"] in VARIABLES
            }
            sources = [
                source for container in containers(spec) for source in container.get("envFrom", [])
            ]
            if {"secretRef": {"name": TRACKERS_SECRET, "optional": True}} in sources:
                named.add("trackers")
            assert used(labels) - {"mlflow", "kubernetes", "kubeflow"} == named, name


def test_only_pods_with_a_store_s_label_may_reach_it(rendered: Rendered) -> None:
    for name, store in {"postgres": "database", "redis": "redis", "s3": "s3"}.items():
        policy = find_object(rendered["kind"], "NetworkPolicy", f"to-{name}")["spec"]
        (rule,) = policy["ingress"]
        for source in rule["from"]:
            assert source["podSelector"]["matchLabels"] == {f"{USES}{store}": "true"}


def test_no_policy_lets_every_pod_of_kubeflow_in(rendered: Rendered) -> None:
    text = "kubernetes.io/metadata.name"
    sources = [
        source
        for document in rendered["kind"]
        if document["kind"] == "NetworkPolicy"
        for rule in document["spec"].get("ingress", [])
        for source in rule.get("from", [])
        if source.get("namespaceSelector", {}).get("matchLabels", {}).get(text) == "kubeflow"
    ]
    assert len(sources) == 4
    assert all(source["podSelector"]["matchLabels"] for source in sources)


def test_egress_names_where_it_leads(rendered: Rendered) -> None:
    for documents in rendered.values():
        for document in documents:
            if document["kind"] == "NetworkPolicy":
                for rule in document["spec"].get("egress", []):
                    assert rule.get("to"), name_of_object(document)
                    assert rule.get("ports"), name_of_object(document)


def test_names_are_resolved_by_the_cluster_s_server_and_by_the_node_s(rendered: Rendered) -> None:
    policy = find_object(rendered["kind"], "NetworkPolicy", "allow-dns")["spec"]
    (rule,) = policy["egress"]
    by_pod, by_node = rule["to"]
    assert by_pod["podSelector"]["matchLabels"] == {"k8s-app": "kube-dns"}
    assert by_node["ipBlock"]["cidr"] == "169.254.20.10/32"


def test_a_step_has_the_labels_of_its_accounts() -> None:
    documents = list(yaml.safe_load_all(COMPILED.read_text()))
    executors: dict[str, Any] = documents[1]["platforms"]["kubernetes"]["deploymentSpec"]
    reached = {}
    for name, pod in executors["executors"].items():
        stores = {
            VARIABLES[key["envVar"]]
            for secret in pod.get("secretAsEnv", [])
            for key in secret["keyToEnv"]
            if key["envVar"] in VARIABLES
        }
        labels = used(pod["podMetadata"]["labels"])
        assert labels - {"mlflow", "kubernetes"} == stores, name
        reached[name.removeprefix("exec-")] = labels
    # What may be a driver of Spark starts executors; tasks of one search share the database.
    assert reached["train"] == {"database", "kubernetes"}
    assert reached["prepare-data"] == {"s3", "kubernetes"}
    last = "evaluate-and-release"
    assert [name for name, stores in reached.items() if "redis" in stores] == [last]
    writers = {name for name, stores in reached.items() if "kubernetes" in stores}
    assert writers == {"open-run", "prepare-data", "train", last}
