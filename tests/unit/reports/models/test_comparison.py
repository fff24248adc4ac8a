"""Comparison page: a reader finds the decision, its reason, the figures and the lineage."""

import numpy as np
import pytest

from homestead.evaluation.certificate import CoverageSlice, IntervalCoverage
from homestead.evaluation.gate import HoldoutPredictions
from homestead.problem.schema import Problem
from homestead.reports.models.comparison import comparison_html
from homestead.training.candidate_summary import OneProcessFigure, SelectedCandidate
from tests.factories import (
    candidate_summary,
    certificate,
    flats_problem,
    scored_model,
    signed_certificate,
    slice_result,
)
from tests.report_pages import loads_from_network, plot_count, visible_text
from tests.signed import KEY


@pytest.fixture(scope="module")
def problem() -> Problem:
    return flats_problem()


def predictions(rows: int = 400, *, champion: bool = True) -> HoldoutPredictions:
    actual = np.random.default_rng(0).lognormal(6, 0.5, rows)
    return HoldoutPredictions(
        actual=actual, winner=actual * 1.1, champion=actual * 0.8 if champion else None
    )


def test_the_page_gives_the_decision_its_reason_and_the_figures(problem: Problem) -> None:
    worse = slice_result(value="north <b>", worse_by=0.3333, ok=False)
    kept = certificate(
        decision="keep",
        reason="worse by 33.3% where district is north, allowed is 5%",
        slices=(worse, slice_result(value="south", champion=None, worse_by=None, judged=False)),
    )
    html = comparison_html(signed_certificate(kept), predictions(), problem)
    page = visible_text(html)
    assert "The champion keeps its place." in page
    assert "Worse by 33.3% where district is north, allowed is 5%." in page
    assert "mean absolute error (lower is better)" in page
    assert "−7.5 , with an interval of −9 to −6" in page
    assert "The interval does not include zero" in page
    assert "new model minus baseline, is −47.5 , with an interval of −50 to −45" in page
    assert "12.34% [11.34%, 13.34%]" in page
    assert "42.5 [40.5, 44.5]" in page
    assert "2,877 rows of flats , from 2024-02-01 to 2024-03-31" in page
    assert "north &lt;b&gt;" in page
    assert "too much worse" in page
    assert "not compared" in page
    assert "at most 20.00%" in page
    for digest in ("a1", "b2", "c3", "d4"):
        assert digest * 32 in page
    assert f"Signed by (key) {KEY.key_id}" in page
    assert f"Certificate (SHA-256) {signed_certificate(kept).digest}" in page
    assert not loads_from_network(html)


def test_candidates_that_workers_fitted_are_named_below_the_others(problem: Problem) -> None:
    selected = SelectedCandidate(
        **candidate_summary("ridge").model_dump(),
        all_candidates={"ridge": 40.0, "forest": 50.0},
        all_workers={"forest": 2},
        all_one_process={"forest": OneProcessFigure(51.0)},
    )
    html = comparison_html(signed_certificate(), predictions(), problem, selected)
    page = visible_text(html)
    assert "forest, fitted by 2 workers of Spark together: 50 EUR on validation; one" in page
    assert page.count("workers of Spark") == 1


def test_an_interval_that_includes_zero_is_called_undecided(problem: Problem) -> None:
    issued = certificate()
    assert issued.comparison is not None
    tie = certificate(comparison=issued.comparison.model_copy(update={"high": 0.1}))
    page = visible_text(comparison_html(signed_certificate(tie), predictions(), problem))
    assert "cannot be told apart" in page


def test_the_first_model_has_a_page_without_a_champion(problem: Problem) -> None:
    first = certificate(champion=None, comparison=None, limits=())
    page = visible_text(
        comparison_html(signed_certificate(first), predictions(champion=False), problem)
    )
    assert "The new model becomes the first champion." in page
    assert "No champion was compared." in page
    assert "None" not in page


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"decision": "promote"}, "The new model takes the champion's place."),
        ({"decision": "keep"}, "The champion keeps its place."),
        ({"decision": "keep", "champion": None}, "The new model does not become champion."),
    ],
)
def test_the_headline_says_who_is_champion(
    problem: Problem, changes: dict[str, str | None], sentence: str
) -> None:
    html = comparison_html(signed_certificate(certificate(**changes)), predictions(), problem)
    assert sentence in visible_text(html).replace("&#39;", "'")


def test_a_metric_without_a_value_is_a_dash(problem: Problem) -> None:
    undefined = certificate(
        winner=scored_model("a1" * 32, None),
        slices=(slice_result(winner=None, champion=None, undefined="all 9 rows are of one class"),),
    )
    actual = np.arange(1.0, 41)
    infinite = HoldoutPredictions(
        actual=actual, winner=np.where(actual < 9, np.inf, actual), champion=None
    )
    page = visible_text(comparison_html(signed_certificate(undefined), infinite, problem))
    assert "nan" not in page
    assert "– 9 predictions are not finite" in page
    assert "no value: all 9 rows are of one class" in page
    nothing = HoldoutPredictions(actual=actual, winner=actual * np.nan, champion=None)
    assert plot_count(comparison_html(signed_certificate(undefined), nothing, problem)) == 0


def test_only_the_largest_slices_are_plotted_and_all_are_listed(problem: Problem) -> None:
    slices = tuple(slice_result(value=f"value {n}", rows=1000 - n) for n in range(45))
    page = visible_text(comparison_html(signed_certificate(slices=slices), predictions(), problem))
    assert "The plot omits the 15 smallest slices." in page
    assert "All 45 slices" in page
    assert "value 44" in page


@pytest.mark.parametrize("rows", [1, 400])
def test_predictions_are_plotted(problem: Problem, rows: int) -> None:
    html = comparison_html(signed_certificate(), predictions(rows), problem)
    assert plot_count(html) == 2
    assert "Predicted and actual" in html


def test_negative_targets_can_be_plotted(problem: Problem) -> None:
    values = np.array([-3.0])
    negative = HoldoutPredictions(actual=values, winner=values, champion=None)
    assert plot_count(comparison_html(signed_certificate(), negative, problem)) == 2


def test_probabilities_are_plotted_as_confusion_and_calibration(churn: Problem) -> None:
    draw = np.random.default_rng(0)
    winner = draw.dirichlet([1, 1], 200)
    classes = HoldoutPredictions(
        actual=draw.integers(0, 2, 200), winner=winner, champion=winner[:, ::-1]
    )
    page = comparison_html(signed_certificate(), classes, churn)
    assert "Predicted and actual classes" in page
    assert "Calibration" in page
    assert plot_count(page) == 2


def test_the_coverage_of_intervals_is_said_and_drawn(problem: Problem) -> None:
    part = CoverageSlice(
        column="district", value="north", rows=90, covered=0.8, low=0.71, high=0.87
    )
    coverage = IntervalCoverage(
        asked=0.9, covered=0.85, low=0.83, high=0.87, median_width=120.0, slices=(part,)
    )
    plain = comparison_html(signed_certificate(), predictions(), problem)
    html = comparison_html(signed_certificate(interval=coverage), predictions(), problem)
    page = visible_text(html)
    assert "85.0% of the holdout's targets lie within their interval [83.0%, 87.0%]" in page
    assert "made for 90%" in page
    assert "They are too narrow on these rows." in page
    assert plot_count(html) == plot_count(plain) + 1
