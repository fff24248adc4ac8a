"""Start of a release: what is replaced, waits, is given up or refused."""

import pytest

from homestead.steps.releases.certified import ReleaseRefusedError
from homestead.steps.releases.records import open_records
from homestead.steps.releases.start import start_release
from homestead.tracking import registry
from tests.registry import (
    PROBLEM,
    register,
    release,
)
from tests.releases import CANARY, NAME, Releases


def test_a_newer_challenger_starts_at_step_0_and_its_way_back_leads_to_the_champion(
    releases: Releases,
) -> None:
    before = releases.plan()
    first = releases.start(1)
    releases.advance()
    second = releases.start(2)
    assert (second.step, second.state) == (0, "running")
    assert second.plan_before is not None
    assert second.plan_before.digest == before.digest
    with open_records(releases.settings) as records:
        replaced = records.of_id(first.id)
    assert replaced is not None
    assert replaced.state == "superseded"
    assert releases.plan().release is not None
    assert releases.plan().release.id == second.id  # type: ignore[union-attr]
    releases.verdict = "harm"
    releases.advance()
    assert releases.plan().digest == before.digest


def test_a_waiting_challenger_begins_when_the_champion_is_still_its_own(
    releases: Releases,
) -> None:
    waits = CANARY.model_copy(
        update={"release": CANARY.release.model_copy(update={"while_releasing": "wait"})}
    )
    releases.start(1)
    second = releases.start(2, waits)
    assert second.state == "waiting"
    assert releases.plan().challenger == releases.ruling().challenger != second.challenger
    releases.verdict = "harm"
    releases.advance()
    assert (releases.ruling().id, releases.ruling().state) == (second.id, "running")
    assert releases.plan().challenger == second.challenger


def test_what_waited_for_a_new_champion_is_given_up(releases: Releases) -> None:
    waits = CANARY.model_copy(
        update={"release": CANARY.release.model_copy(update={"while_releasing": "wait"})}
    )
    releases.start(1)
    second = releases.start(2, waits)
    releases.run_to_the_end()
    with open_records(releases.settings) as records:
        given_up = records.of_id(second.id)
    assert given_up is not None
    assert given_up.state == "superseded"
    assert "the champion is version 2" in given_up.reason
    assert releases.ruling().state == "promoted"


def test_a_promoted_version_gives_way_to_the_one_before_it_at_once(releases: Releases) -> None:
    releases.start(1)
    releases.run_to_the_end()
    first = registry.version_of_number(releases.mlflow, NAME, "1")
    with releases.controller() as controller:
        back = start_release(controller, first, who="ada")
    assert back.state == "promoted"
    assert releases.plan().champion.version == "1"
    assert releases.aliases() == {"champion": "1", "previous": "2"}


def test_a_certificate_against_another_champion_starts_nothing(releases: Releases) -> None:
    version = register(
        releases.settings, releases.candidates[2], releases.candidates[0].digest
    ).version
    assert version is not None
    releases.start(1, PROBLEM)
    with (
        releases.controller() as controller,
        pytest.raises(
            ReleaseRefusedError, match="version 2: its certificate compares it with model"
        ),
    ):
        start_release(controller, version)
    assert release(releases.settings) is not None
    assert releases.plan().champion.version == "3"
