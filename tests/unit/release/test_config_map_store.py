"""Store of the release plan in a ConfigMap, at a stand-in for a cluster."""

import json

import pytest

from homestead.errors import PlanConflictError, UserError
from homestead.names import RELEASE_PLAN_FILE
from homestead.release.config_map_store import ConfigMapPlanStore
from homestead.release.plan import ReleasePlan
from homestead.release.plan_store import PlanStore, open_plan_store
from homestead.settings import Settings
from tests.factories import model_version
from tests.unit.release.conftest import Cluster

PLAN = ReleasePlan(problem="house_price", champion=model_version("1"))
NEXT = ReleasePlan(problem="house_price", champion=model_version("2"))


def test_a_config_map_returns_the_plan_that_was_written(
    cluster: Cluster, settings: Settings
) -> None:
    store = open_plan_store(
        settings.model_copy(update={"release_uri": "configmap://homestead"}), "house_price"
    )
    assert store.read() is None
    stored = store.write(PLAN, expected=None)
    assert store.read() == stored
    assert (stored.digest, stored.revision) == (PLAN.digest, 1)
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
        store.write(PLAN, expected=None)


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


def test_a_config_map_that_changes_between_look_and_write_is_left_alone(
    cluster: Cluster, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = at(settings, "homestead")
    first = store.write(PLAN, expected=None)
    # The other writer comes between the read and the patch.
    read = ConfigMapPlanStore._read

    def read_then_change(self: ConfigMapPlanStore) -> tuple[ReleasePlan | None, str]:
        found = read(self)
        cluster.version += 1
        return found

    monkeypatch.setattr(ConfigMapPlanStore, "_read", read_then_change)
    with pytest.raises(PlanConflictError):
        store.write(NEXT, expected=first)
    monkeypatch.undo()
