"""Status: what disagrees with the release is named, and the next step heals it."""

from homestead.release.plan import ReleasePlan
from homestead.release.plan_store import FilePlanStore
from homestead.steps.releases.status import read_status
from tests.releases import NAME, Releases


def test_status_names_what_disagrees_and_the_next_step_heals_it(releases: Releases) -> None:
    releases.start(1)

    def disagreements() -> list[str]:
        with releases.controller() as controller:
            return list(read_status(controller).disagreements)

    assert disagreements() == []
    path = releases.settings.release_plan(NAME)
    store = FilePlanStore(path)
    plan = releases.plan()
    store.write(ReleasePlan(problem=NAME, champion=plan.champion), expected=plan)
    releases.mlflow.set_registered_model_alias(NAME, "champion", "2")
    found = disagreements()
    assert len(found) == 2
    assert "the plan: version 1 answers all requests; release flats-2 asks" in found[0]
    assert "alias champion is version 2, release flats-2 asks for version 1" in found[1]
    releases.verdict = "undecided"
    releases.advance()
    assert disagreements() == []
