"""Record of a release: its id fits a plan, and its state says who answers how much."""

import pytest

from homestead.problem.sections.release import ReleasePolicy
from homestead.release.record import State, release_id
from tests.factories import release_record


def test_an_id_fits_a_plan_and_differs_for_each_problem() -> None:
    assert release_id("house_price", 3) == "house-price-3"
    long = [release_id(f"{'a' * 60}_{suffix}", 1234) for suffix in "xy"]
    assert max(map(len, long)) <= 64
    assert len(set(long)) == 2


@pytest.mark.parametrize(
    ("state", "share"),
    [("running", 0.25), ("paused", 0.25), ("promoting", 1), ("promoted", 1), ("rolled_back", 0)],
)
def test_the_share_is_that_of_the_state(state: State, share: float) -> None:
    assert release_record(state=state, step=1).traffic_share == share


def test_a_shadow_answers_nothing_until_it_is_promoted() -> None:
    shadow = release_record(policy=ReleasePolicy(strategy="shadow"))
    assert shadow.traffic_share == 0
    assert shadow.model_copy(update={"state": "promoted"}).traffic_share == 1


def test_a_first_model_gets_no_share() -> None:
    with pytest.raises(ValueError, match="a first model is released at once, but is running"):
        release_record(champion=None)
