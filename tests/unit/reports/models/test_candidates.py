"""All candidates of a run: the losing ones are shown with their scores and parameters."""

from homestead.reports.charts import NARROW
from homestead.reports.models.candidates import (
    candidate_dots,
    candidate_rows,
    candidates_chart,
    candidates_sentence,
)
from homestead.training.candidate_summary import OneProcessFigure, SelectedCandidate
from tests.factories import candidate_summary, flats_problem

PROBLEM = flats_problem()


def selected(**scores: float | None) -> SelectedCandidate:
    return SelectedCandidate(
        **candidate_summary("ridge").model_dump(),
        all_candidates=scores,
        all_params={name: {"alpha": name} for name in scores},
    )


def test_the_best_is_first_and_one_without_a_score_last() -> None:
    rows = candidate_rows(selected(forest=50.0, broken=None, ridge=40.0), PROBLEM)
    assert [row.name for row in rows] == ["ridge", "forest", "broken"]
    assert [row.is_chosen for row in rows] == [True, False, False]
    assert rows[1].worse_by == 0.25
    assert rows[1].params == {"alpha": "forest"}


def test_the_sentence_names_the_best_and_the_next() -> None:
    rows = candidate_rows(selected(forest=50.0, ridge=40.0), PROBLEM)
    text = candidates_sentence(rows, PROBLEM.metric, "EUR")
    assert text == (
        "ridge is the best of 2 candidates with 40 EUR; the next, forest, has 50 EUR, 25.0% worse."
    )
    assert text in candidates_chart(rows, PROBLEM)


def test_the_score_of_one_process_stands_beside_that_of_sparks_workers() -> None:
    figures = {"forest": OneProcessFigure(51.0), "ridge": OneProcessFigure(None, "it is large")}
    several = selected(forest=50.0, ridge=40.0, lasso=60.0).model_copy(
        update={"all_workers": {"forest": 2, "ridge": 3}, "all_one_process": figures}
    )
    said = {row.name: row.workers for row in candidate_rows(several, PROBLEM)}
    assert said == {
        "forest": "fitted by 2 workers of Spark together: 50 EUR on validation; one process with"
        " the same parameters: 51 EUR",
        "ridge": "fitted by 3 workers of Spark together: 40 EUR on validation; one process was not"
        " asked: it is large",
        "lasso": "",
    }


def test_one_candidate_has_no_chart() -> None:
    assert candidates_chart(candidate_rows(selected(ridge=40.0), PROBLEM), PROBLEM) == ""


def test_the_axis_says_what_was_measured() -> None:
    rows = candidate_rows(selected(forest=50.0, ridge=40.0), PROBLEM)
    axis = candidate_dots(NARROW, rows, PROBLEM.metric, "EUR").axes[0]
    assert axis.get_xlabel() == "mean absolute error, EUR, on validation"
