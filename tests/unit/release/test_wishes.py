"""Wishes of people: a pause costs no time, and a roll-back wins."""

import random

import pytest

from homestead.errors import UserError
from homestead.release.analysis.result import Verdict
from homestead.release.record import ReleaseRecord, Wish, WishKind
from homestead.release.transitions import complete, decide, desired_plan
from homestead.release.wishes import follow_wish
from tests.release_steps import HOUR, MINUTE, START, analysis, decided, record


def test_a_pause_postpones_step_and_deadline() -> None:
    paused = follow_wish(record(), Wish(kind="pause", who="ada", at=START + 5 * MINUTE))
    assert paused.traffic_share == 0.05
    assert decide(paused, analysis(), START + 100 * HOUR) is None
    resumed = follow_wish(paused, Wish(kind="resume", who="ada", at=START + 100 * HOUR))
    assert decide(resumed, analysis(), START + 100 * HOUR + 4 * MINUTE) is None
    assert decided(resumed, analysis(), START + 100 * HOUR + 5 * MINUTE).step == 1


def test_a_rollback_wins_over_a_promotion_that_is_not_complete() -> None:
    promoting = follow_wish(record(), Wish(kind="promote", who="ada", at=START))
    assert promoting.state == "promoting"
    back = follow_wish(promoting, Wish(kind="rollback", who="bob", at=START))
    assert (back.state, back.reason) == ("rolling_back", "rolled back by bob")
    with pytest.raises(UserError, match="is rolling_back, nothing to promote"):
        follow_wish(back, Wish(kind="promote", who="ada", at=START))
    first = record(state="promoting", champion=None)
    with pytest.raises(UserError, match="nothing was before it"):
        follow_wish(first, Wish(kind="rollback", who="ada", at=START))


def test_no_sequence_of_wishes_and_evidence_leaves_the_allowed_ways() -> None:
    """Ends stay ends, a step never goes back, and no share is given after a roll-back."""
    draw = random.Random(7)
    wishes: tuple[WishKind, ...] = ("approve", "promote", "rollback", "pause", "resume")
    verdicts: tuple[Verdict, ...] = ("harm", "go_on", "go_on", "go_on", "undecided")
    ends = set()
    for _ in range(1000):
        present, at = record({"approval": draw.choice(["none", "required"])}), START
        for _ in range(30):
            at += draw.choice([MINUTE, 11 * MINUTE, 5 * HOUR])
            before = present
            if draw.random() < 0.2:
                try:
                    present = follow_wish(present, Wish(kind=draw.choice(wishes), who="ada", at=at))
                except UserError:
                    assert present is before
            elif draw.random() < 0.3:
                present = complete(present, at) or present
            else:
                found = analysis(draw.choice(verdicts), draw.choice([0, 499, 500, 5000]))
                present = decide(present, found, at) or present
            assert present.step >= before.step
            assert not before.has_ended or present is before
            if before.state in ("rolling_back", "rolled_back"):
                assert present.traffic_share == 0
            plan = desired_plan(present)
            assert plan is not None
            assert plan.champion in (present.champion, present.challenger)
            ReleaseRecord.model_validate_json(present.model_dump_json())
        ends.add(present.state)
    assert {"promoted", "rolled_back"} <= ends
