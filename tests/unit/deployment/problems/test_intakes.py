"""The ports for labels and alerts: who reaches them, and with which accounts and tokens."""

from pathlib import Path

import pytest

from homestead.deployment.manifests import Manifest, containers, name_of_object, pod_specs
from homestead.deployment.overlay_secrets import fill_secrets, generate
from homestead.deployment.problems.intakes import ALERTS, LABELS, Intake, intake_objects
from homestead.problem.loader import load_problem
from homestead.steps.commands.problem_objects import objects_of
from tests.problem_text import changed_flats
from tests.unit.deployment.conftest import OVERLAYS
from tests.unit.deployment.documents import find_object

Rendered = dict[str, list[Manifest]]
POLICY = "\nretraining:\n  alerts: [HomesteadDrift]\n"


def secrets_of(intake: Intake) -> dict[str, str]:
    """Return the name of the Secret by the variable that it gives."""
    documents = intake_objects("flats", takes_alerts=True)
    (pod,) = pod_specs(find_object(documents, "Deployment", f"{intake.name}-flats"))
    (container,) = containers(pod)
    return {
        variable["name"]: variable["valueFrom"]["secretKeyRef"]["name"]
        for variable in container["env"]
        if "secretKeyRef" in variable.get("valueFrom", {})
    }


def test_a_problem_takes_labels_and_alerts_only_if_they_may_be_causes(tmp_path: Path) -> None:
    def deployments(text: str) -> list[str]:
        (tmp_path / "flats.yaml").write_text(text)
        documents = objects_of(load_problem(tmp_path / "flats.yaml"), text)
        return [name_of_object(d) for d in documents if d["kind"] == "Deployment"]

    text = changed_flats(source="s3://homestead/flats.parquet")
    assert deployments(text) == ["labels-flats"]
    assert deployments(text + POLICY) == ["labels-flats", "alerts-flats"]
    assert deployments(text + POLICY.replace("[HomesteadDrift]", "[]")) == ["labels-flats"]


def test_each_port_has_its_own_account_and_token_and_no_others() -> None:
    assert secrets_of(LABELS) == {
        "HOMESTEAD_DATABASE_URL": "homestead-database-labels",
        "HOMESTEAD_LABELS_TOKEN": "homestead-labels",
        "HOMESTEAD_LOG_KEY": "homestead-log",
    }
    assert secrets_of(ALERTS) == {
        "HOMESTEAD_DATABASE_URL": "homestead-database-alerts",
        "HOMESTEAD_ALERTS_TOKEN": "homestead-alerts",
    }


def test_the_kind_overlay_generates_what_the_ports_need() -> None:
    secrets = fill_secrets((OVERLAYS / "kind" / "secrets.yaml").read_text(), {}, generate)
    for intake in (LABELS, ALERTS):
        assert set(secrets_of(intake).values()) <= set(secrets)
        password = secrets["postgres-accounts"][f"homestead_{intake.name}_password"]
        assert (
            f"://homestead_{intake.name}:{password}@"
            in (secrets[f"homestead-database-{intake.name}"]["url"])
        )
    assert secrets["homestead-labels"]["token"] != secrets["homestead-alerts"]["token"]


@pytest.mark.parametrize("intake", [LABELS, ALERTS])
def test_a_service_leads_to_its_pods_which_have_no_right(intake: Intake) -> None:
    documents = intake_objects("flats", takes_alerts=True)
    name = f"{intake.name}-flats"
    account = find_object(documents, "ServiceAccount", name)
    assert account["automountServiceAccountToken"] is False
    assert not [d for d in documents if "Role" in d["kind"]]
    template = find_object(documents, "Deployment", name)["spec"]["template"]
    assert template["spec"]["serviceAccountName"] == name
    assert template["spec"]["automountServiceAccountToken"] is False
    service = find_object(documents, "Service", name)["spec"]
    assert service["selector"].items() <= template["metadata"]["labels"].items()
    (port,) = service["ports"]
    (container,) = template["spec"]["containers"]
    assert port["port"] == intake.port
    assert container["ports"] == [{"name": port["targetPort"], "containerPort": intake.port}]
    assert container["args"][:2] == list(intake.command)
    uses = {label for label in template["metadata"]["labels"] if "/uses-" in label}
    assert uses == {"homestead/uses-database"}


def test_senders_of_labels_need_a_label_and_alerts_come_from_alertmanager(
    rendered: Rendered,
) -> None:
    for documents in rendered.values():
        (rule,) = find_object(documents, "NetworkPolicy", "to-labels")["spec"]["ingress"]
        assert rule["ports"] == [{"port": LABELS.port}]
        for source in rule["from"]:
            assert source["podSelector"] == {"matchLabels": {"homestead/sends-labels": "true"}}
        (rule,) = find_object(documents, "NetworkPolicy", "to-alerts")["spec"]["ingress"]
        assert rule["ports"] == [{"port": ALERTS.port}]
        (source,) = rule["from"]
        monitoring = {"kubernetes.io/metadata.name": "monitoring"}
        assert source == {"namespaceSelector": {"matchLabels": monitoring}}
        for intake in (LABELS, ALERTS):
            policy = find_object(documents, "NetworkPolicy", f"to-{intake.name}")
            (template,) = (
                d["spec"]["template"]
                for d in intake_objects("flats", takes_alerts=True)
                if (d["kind"], name_of_object(d)) == ("Deployment", f"{intake.name}-flats")
            )
            selected = policy["spec"]["podSelector"]["matchLabels"]
            assert selected.items() <= template["metadata"]["labels"].items()
