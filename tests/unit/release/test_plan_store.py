"""Stores of the release plan: which one is opened, and that a write replaces what was read."""

import subprocess
import sys

import pytest

from homestead.errors import PlanConflictError, UserError
from homestead.release.plan import ReleasePlan, read_plan, write_plan
from homestead.release.plan_store import open_plan_store
from homestead.settings import Settings
from tests.factories import model_version
from tests.unit.release.conftest import Cluster

PLAN = ReleasePlan(problem="house_price", champion=model_version("1"))
NEXT = ReleasePlan(problem="house_price", champion=model_version("2"))


@pytest.mark.parametrize("uri", ["homestead", "configmap://", "configmap://a/b"])
def test_another_uri_is_refused(uri: str, settings: Settings) -> None:
    with pytest.raises(UserError, match=r"HOMESTEAD_RELEASE: found '.*', allowed is configmap://"):
        open_plan_store(settings.model_copy(update={"release_uri": uri}), "house_price")


def test_without_a_setting_the_store_is_a_file(settings: Settings) -> None:
    store = open_plan_store(settings, "house_price")
    assert store.read() is None
    stored = store.write(PLAN, expected=None)
    assert stored.digest == PLAN.digest
    assert read_plan(settings.release_plan("house_price")) == stored
    assert store.read() == stored


@pytest.mark.parametrize("uri", ["", "configmap://homestead"])
def test_of_two_writers_that_read_the_same_plan_one_writes(
    uri: str, cluster: Cluster, settings: Settings
) -> None:
    configured = settings.model_copy(update={"release_uri": uri})
    one, two = (open_plan_store(configured, "house_price") for _ in range(2))
    first = one.write(PLAN, expected=None)
    with pytest.raises(PlanConflictError, match="another process has changed the release plan"):
        two.write(NEXT, expected=None)
    assert two.read() == first
    second = two.write(NEXT, expected=first)
    assert second.revision == 2
    # Back to the first plan: it is another write, which the holder of the old one must not repeat.
    third = one.write(PLAN, expected=second)
    assert third.digest == first.digest
    with pytest.raises(PlanConflictError):
        two.write(NEXT, expected=first)


def test_many_processes_that_add_one_each_lose_none(settings: Settings) -> None:
    path = settings.release_plan("house_price")
    script = (
        "import sys; from pathlib import Path\n"
        "from homestead.errors import PlanConflictError\n"
        "from homestead.release.plan_store import FilePlanStore\n"
        "store = FilePlanStore(Path(sys.argv[1])); written = 0\n"
        "while written < 25:\n"
        "    plan = store.read()\n"
        "    try: store.write(plan, expected=plan); written += 1\n"
        "    except PlanConflictError: pass\n"
    )
    write_plan(path, PLAN)
    writers = [subprocess.Popen([sys.executable, "-c", script, str(path)]) for _ in range(3)]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    assert read_plan(path).revision == 75
