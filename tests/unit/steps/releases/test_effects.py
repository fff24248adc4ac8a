"""Effects of a release's state: which aliases it asks for, and which plan is as wanted."""

from homestead.release.plan import ReleasePlan
from homestead.release.transitions import desired_plan
from homestead.steps.releases.effects import is_followed, wanted_aliases
from tests.factories import model_version, release_record


def test_a_promotion_moves_the_aliases_and_a_rollback_brings_them_back() -> None:
    found = {"champion": "1", "challenger": "2", "previous": "7"}
    promoting = release_record(state="promoting", previous_version="7")
    wanted = wanted_aliases(promoting, found)
    assert wanted == {"previous": "1", "champion": "2", "challenger": None}
    back = release_record(state="rolled_back", previous_version="7")
    half = {"champion": "2", "previous": "1"}
    assert wanted_aliases(back, half) == {"champion": "1", "previous": "7"}


def test_a_champion_that_a_person_took_away_stays_away() -> None:
    assert "champion" not in wanted_aliases(release_record(state="promoted"), {})
    assert "champion" not in wanted_aliases(release_record(), {})
    assert wanted_aliases(release_record(state="promoting"), {})["champion"] == "2"


def test_after_a_release_a_persons_challenger_may_stay_but_no_leftover_of_a_release() -> None:
    ended = release_record(state="promoted")
    wanted = desired_plan(ended)
    assert wanted is not None
    by_hand = ReleasePlan(
        problem="flats", champion=wanted.champion, challenger=model_version("3"), traffic_share=0.2
    )
    assert is_followed(by_hand, wanted, ended)
    leftover = desired_plan(release_record(step=1))
    assert leftover is not None
    assert not is_followed(leftover, wanted, ended)
    assert not is_followed(None, wanted, ended)
