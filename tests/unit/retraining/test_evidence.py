"""Which facts are causes."""

import pytest

from homestead.problem.sections.loop.retraining import RetrainingPolicy
from homestead.retraining.cause import CAUSE_KINDS
from homestead.retraining.evidence import Evidence, asks_for, find_causes

DAY_S = 86_400.0


def test_a_section_without_keys_asks_for_measured_harm_alone() -> None:
    policy = RetrainingPolicy()
    asked = [kind for kind in CAUSE_KINDS if asks_for(policy, kind, "HomesteadDrift/f/1")]
    # A person's request needs no policy.
    assert asked == ["measured_harm", "request"]


@pytest.mark.parametrize("name", ["HomesteadDrift", "HomesteadModelTooOld"])
def test_an_alert_is_asked_for_by_its_name(name: str) -> None:
    policy = RetrainingPolicy(alerts=(name,))
    assert asks_for(policy, "alert", f"{name}/f1/2026-11-27T00:00:00Z")
    assert not asks_for(policy, "alert", f"{name}Other/f1/2026-11-27T00:00:00Z")


def test_before_the_first_training_nothing_is_old() -> None:
    policy = RetrainingPolicy(max_age_days=1, new_labels=1)
    evidence = Evidence(champion=None, confirmed_at=None, new_labels=5)
    assert list(find_causes(evidence, policy, "churn", runs=0, now=9 * DAY_S)) == []


def test_the_same_fact_is_the_same_cause_whenever_it_is_seen() -> None:
    policy = RetrainingPolicy(max_age_days=1, new_labels=2)
    evidence = Evidence(champion="3", confirmed_at=0.0, new_labels=5)
    first, second = (
        [cause.id for cause in find_causes(evidence, policy, "churn", runs=0, now=now)]
        for now in (2 * DAY_S, 3 * DAY_S)
    )
    assert first == second
    assert len(set(first)) == 2
