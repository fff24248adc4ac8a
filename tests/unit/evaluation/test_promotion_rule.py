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
        "rows": 200,
        "baseline_comparison": BETTER,
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


def _first(**baseline: float | None) -> str:
    return _decision(
        champion=None,
        comparison=None,
        baseline_comparison=BETTER.model_copy(update=baseline),
    )


def test_the_first_model_is_promoted_if_it_beats_the_baseline() -> None:
    assert _first() == (
        "promote: the first model, better than the baseline with 95% confidence:"
        " mae differs by -2, between -3 and -1"
    )


def test_a_first_model_that_does_not_beat_the_baseline_is_not() -> None:
    assert _first(difference=2.0, low=1.0, high=3.0) == (
        "keep: worse than the baseline with 95% confidence: mae differs by +2, between +1 and +3"
    )
    assert _first(high=0.1) == (
        "keep: not better than the baseline with 95% confidence: mae differs by -2, between -3"
        " and +0.1; the holdout's 200 rows cannot tell them apart"
    )
    assert _first(low=None, high=None) == (
        "keep: not better than the baseline with 95% confidence: mae differs by -2, without an"
        " interval: too many resamples have no value; the holdout's 200 rows cannot tell them apart"
    )
    decision = _decision(champion=None, comparison=None, baseline_comparison=None)
    assert decision == "keep: the first model was not compared with the baseline by mae"


@pytest.mark.parametrize("champion", [None, CHAMPION])
def test_a_holdout_of_few_rows_promotes_nothing(champion: ScoredModel | None) -> None:
    decision = _decision(rows=29, champion=champion)
    assert decision == (
        "keep: the holdout has 29 rows, too few to decide on: at least 30 are needed"
    )
    assert _decision(rows=30).startswith("promote")


def test_a_challenger_need_not_beat_the_baseline_but_it_is_said() -> None:
    tie = BETTER.model_copy(update={"high": 1.0})
    assert _decision(baseline_comparison=tie) == (
        "promote: better with 95% confidence: mae differs by -2, between -3 and -1;"
        " but not better than the baseline: mae differs by -2, between -3 and +1"
    )


def test_a_metric_without_a_value_promotes_nothing() -> None:
    undefined = Estimate(value=None, low=None, high=None, undefined="all 9 rows are of one class")
    without = WINNER.model_copy(update={"metrics": {"mae": undefined, "r2": undefined}})
    for champion in (None, CHAMPION):
        assert _decision(winner=without, champion=champion, comparison=None) == (
            "keep: mae has no value on the holdout: all 9 rows are of one class"
        )
    defined = Estimate(value=1, low=0, high=2)
    limited = WINNER.model_copy(update={"metrics": {"mae": defined, "r2": undefined}})
    limits = check_limits(_problem(gate__limits={"r2": 0.5}), limited.metrics)
    assert not limits[0].ok
    assert _decision(winner=limited, limits=limits, champion=None) == (
        "keep: r2, which has a limit, has no value on the holdout: all 9 rows are of one class"
    )
    champion = CHAMPION.model_copy(update={"metrics": {"mae": undefined}})
    assert _decision(champion=champion, comparison=None) == (
        "keep: the champion cannot be compared: no mae: all 9 rows are of one class"
    )


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
