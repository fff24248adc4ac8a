"""The section ``release`` of a problem file: what may be written, and what holds without it."""

import pytest
from pydantic import ValidationError

from homestead.problem.sections.release import ReleasePolicy


def test_an_empty_section_releases_in_four_steps() -> None:
    policy = ReleasePolicy.model_validate({})
    assert policy.strategy == "canary"
    assert policy.steps == (0.05, 0.25, 0.5, 1.0)
    assert policy.error_level == 0.01


@pytest.mark.parametrize("steps", [[], [0.0, 1.0], [0.5, 0.25], [0.1, 0.1], [0.5, 1.5]])
def test_steps_grow_from_above_nothing_to_at_most_everything(steps: list[float]) -> None:
    with pytest.raises(ValidationError, match="steps"):
        ReleasePolicy.model_validate({"steps": steps})


def test_a_shadow_without_pairs_could_never_be_judged() -> None:
    with pytest.raises(ValidationError, match="paired_share: found 0"):
        ReleasePolicy.model_validate({"strategy": "shadow", "paired_share": 0})


def test_labels_that_no_pair_could_have_are_not_waited_for() -> None:
    with pytest.raises(ValidationError, match="min_labels: found 200"):
        ReleasePolicy.model_validate({"min_labels": 200, "paired_share": 0})
