"""The gate's rules, on scores without models."""

from collections.abc import Mapping
from typing import Any

import pytest

from homestead.evaluation.certificate import Comparison, Estimate, ScoredModel, SliceResult
from homestead.evaluation.promotion_rule import check_limits, decide
from homestead.problem.loader import parse_problem
from homestead.problem.schema import Problem
from tests.problem_text import changed_flats

WINNER = ScoredModel(digest="a" * 64, metrics={})
CHAMPION = ScoredModel(digest="b" * 64, version="1", metrics={})
BETTER = Comparison(metric="mae", difference=-2.0, low=-3.0, high=-1.0)
WORSE_SLICE = SliceResult(
    column="lift", value="1", rows=80, winner=6, champion=5, worse_by=0.2, judged=True, ok=False
)


def _problem(**changes: Any) -> Problem:
    return parse_problem(changed_flats(**changes))


def _decision(**changes: Any) -> str:
    evidence: Mapping[str, Any] = {
        "winner": WINNER,
        "champion": CHAMPION,
        "comparison": BETTER,
        "limits": (),
        "slices": (),
        **changes,
    }
    decision, reason = decide(_problem(), **evidence)
    return f"{decision}: {reason}"


def test_a_better_model_is_promoted() -> None:
    assert _decision() == (
        "promote: better with 95% confidence: mae differs by -2, between -3 and -1"
    )


def test_the_first_model_is_promoted() -> None:
    decision = _decision(champion=None, comparison=None)
    assert decision == "promote: the first model that meets the gate's limits"


@pytest.mark.parametrize("high", [0.0, 0.1])
def test_an_interval_that_reaches_zero_keeps_the_champion(high: float) -> None:
    decision = _decision(comparison=BETTER.model_copy(update={"high": high}))
    assert decision.startswith("keep: not better with 95% confidence: mae differs by -2")


def test_a_worse_slice_keeps_the_champion() -> None:
    decision = _decision(slices=(WORSE_SLICE,))
    assert decision == "keep: worse by 20.0% where lift is 1, allowed is 5%"


def test_the_same_file_keeps_the_champion() -> None:
    decision = _decision(champion=CHAMPION.model_copy(update={"digest": WINNER.digest}))
    assert decision == "keep: the winner is the champion: the same file"


def test_a_champion_that_cannot_be_scored_keeps_its_place() -> None:
    decision = _decision(champion=None, comparison=None, champion_error="it needs 'gone'")
    assert decision == "keep: it needs 'gone'"


@pytest.mark.parametrize(
    ("metric", "value", "limit", "ok"),
    [
        ("mae", 99, 100, True),
        ("mae", 101, 100, False),
        ("r2", 0.8, 0.7, True),
        ("r2", 0, 0.7, False),
    ],
)
def test_a_limit_is_the_worst_allowed_value(
    metric: str, value: float, limit: float, ok: bool
) -> None:
    problem = _problem(gate__limits={metric: limit})
    (result,) = check_limits(problem, {metric: Estimate(value=value, low=value, high=value)})
    assert result.ok is ok
    decision = _decision(limits=(result,), champion=None, comparison=None)
    assert decision.startswith("promote: " if ok else f"keep: {metric} is {value:g}, the gate's")
