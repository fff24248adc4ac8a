"""State machine of a release: time and requests are both needed, and harm ends it at any time."""

import pytest

from homestead.release.record import State, Wish
from homestead.release.transitions import complete, decide, desired_plan
from homestead.release.wishes import follow_wish
from tests.release_steps import HOUR, MINUTE, START, analysis, decided, record


def test_a_release_goes_through_its_steps_and_is_promoted() -> None:
    present, at = record(), START
    shares = []
    while present.state == "running":
        shares.append(present.traffic_share)
        assert decide(present, analysis(), at + 9 * MINUTE) is None
        assert decide(present, analysis(requests=499), at + 11 * MINUTE) is None
        assert decide(present, analysis("undecided"), at + 11 * MINUTE) is None
        at += 11 * MINUTE
        present = decided(present, analysis(), at)
    assert shares == [0.05, 0.25, 0.5, 1]
    assert present.state == "promoting"
    assert present.numbers["challenger_requests"] == 1000
    end = complete(present, at)
    assert end is not None
    assert (end.state, end.ended_at, end.reason) == ("promoted", at, "the figures")
    plan = desired_plan(end)
    assert plan is not None
    assert (plan.champion, plan.challenger) == (present.challenger, None)


def test_pairs_go_on_at_a_share_of_all() -> None:
    plan = desired_plan(record(step=3))
    assert plan is not None
    assert (plan.traffic_share, plan.paired_share) == (1, 0.1)
    assert plan.release is not None
    assert (plan.release.id, plan.release.step) == ("flats-1", 3)


@pytest.mark.parametrize("state", ["running", "paused", "awaiting_approval"])
def test_harm_takes_the_traffic_away_at_once_and_then_restores_the_plan(state: State) -> None:
    present = record(state=state, step=2, paused_at=START)
    back = decided(present, analysis("harm", requests=3), START + 1)
    plan = desired_plan(back)
    assert plan is not None
    assert (plan.traffic_share, plan.paired_share) == (0, 0)
    assert plan.challenger == present.challenger
    end = complete(back, START + 1)
    assert end is not None
    assert desired_plan(end) == present.plan_before


def test_without_traffic_nothing_is_decided_until_the_declared_time() -> None:
    none = analysis("undecided", requests=0)
    for policy, state in (("roll_back", "rolling_back"), ("promote", "promoting")):
        present = record({"without_traffic": policy, "without_traffic_hours": 5})
        assert decide(present, none, START + 4.9 * HOUR) is None
        assert decided(present, none, START + 5 * HOUR).state == state
    waits = record({"without_traffic": "wait"})
    assert decide(waits, none, START + 71 * HOUR) is None
    late = decided(waits, none, START + 72 * HOUR)
    assert (late.state, late.reason) == (
        "rolling_back",
        "not decided within 72 hours: the figures",
    )


def test_a_gap_of_two_hours_takes_one_step_and_the_next_one_starts_anew() -> None:
    after = decided(record(), analysis(), START + 2 * HOUR)
    assert (after.step, after.step_since) == (1, START + 2 * HOUR)
    assert decide(after, analysis(), START + 2 * HOUR + 1) is None


def test_the_last_step_waits_for_an_approval() -> None:
    present = decided(record({"approval": "required"}, step=2), analysis(), START + HOUR)
    assert (present.state, present.traffic_share) == ("awaiting_approval", 0.5)
    assert decide(present, analysis(), START + 2 * HOUR) is None
    approved = follow_wish(present, Wish(kind="approve", who="ada", at=START + 3 * HOUR))
    last = decided(approved, analysis(), START + 3 * HOUR)
    assert (last.state, last.traffic_share) == ("running", 1)
    assert last.wishes[0].who == "ada"
    end = decided(last, analysis(), START + 4 * HOUR)
    assert end.state == "promoting"


def test_a_shadow_has_one_step_before_which_nobody_notices_it() -> None:
    present = record({"strategy": "shadow", "approval": "required"})
    assert decided(present, analysis(), START + HOUR).state == "awaiting_approval"
    free = record({"strategy": "shadow"})
    assert decided(free, analysis(), START + HOUR).state == "promoting"
