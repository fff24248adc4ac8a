"""Model card: every section of the paper, and nothing of the machine it was made on."""

import re
from dataclasses import replace

import pytest

from homestead.evaluation.certificate import Certificate, Decision
from homestead.problem.schema import Problem
from homestead.problem.sections.fields import Card
from homestead.problem.sections.split import TimeSplit
from homestead.reports.models.model_card import ModelFacts, model_card_html
from tests.factories import certificate, flats_problem, signed_certificate
from tests.report_pages import loads_from_network, plot_count, visible_text
from tests.signed import KEY

SECTIONS = [
    "Intended use",
    "Quantitative analyses",
    "Factors",
    "Metrics",
    "Evaluation data",
    "Training data",
    "Ethical considerations",
    "Caveats and recommendations",
    "Model details",
]


def flats_with_card() -> Problem:
    return flats_problem().model_copy(
        update={
            "source": "/somewhere/private/flats.csv",
            "derived": {"halls": "area / 2"},
            "features": ("area", "age", "halls"),
            "card": Card(owner="Ann Owner", intended_use="To <b>try</b> things."),
        }
    )


def facts(**parameters: str) -> ModelFacts:
    return ModelFacts(
        run="f00",
        data_hash="d4" * 32,
        commit="e5e5e5e",
        holdout_hash="c3" * 32,
        features_hash="f6" * 32,
        training_set_hash="a7" * 32,
        estimator="ridge (sklearn.linear_model.Ridge)",
        parameters=parameters,
    )


@pytest.mark.parametrize("decision", ["promote", "keep"])
def test_the_card_has_every_section_of_the_paper(decision: Decision) -> None:
    html = model_card_html(
        flats_with_card(), signed_certificate(decision=decision), facts(alpha="3"), {"area": 2.0}
    )
    assert re.findall(r"<h2[^>]*>(.*?)</h2>", html) == SECTIONS
    page = visible_text(html)
    assert "Ann Owner" in page
    assert "To &lt;b&gt;try&lt;/b&gt; things." in page
    assert "Not stated in the problem file." in page  # out of scope, ethics
    assert "Candidates are compared by mean absolute error (lower is better)" in page
    assert "42.5 [40.5, 44.5]" in page
    assert plot_count(html) == 1
    assert not loads_from_network(html)


def test_the_card_says_how_many_workers_fitted_the_model_if_more_than_one_process_did() -> None:
    said = "fitted by 2 workers of Spark together: 50 EUR on validation"
    pages = [
        visible_text(model_card_html(flats_with_card(), signed_certificate(), found, {"area": 2.0}))
        for found in (facts(), replace(facts(), workers=said))
    ]
    assert "Spark" not in pages[0]
    assert f"Workers {said}" in pages[1]


def test_the_problems_own_metric_comes_first() -> None:
    problem = flats_with_card().model_copy(update={"metric": "mape"})
    # As a file, a certificate is sorted by name.
    read = Certificate.from_json(certificate().to_json(), "")
    page = visible_text(model_card_html(problem, signed_certificate(read), facts(), {"area": 2.0}))
    own, other = page.index("12.34% [11.34%"), page.index("42.5 [40.5")
    assert own < other


def test_the_card_names_what_the_model_was_made_from() -> None:
    html = model_card_html(flats_with_card(), signed_certificate(), facts(alpha="3"), {"area": 2.0})
    page = visible_text(html)
    for fact in ("f00", "d4" * 32, "e5e5e5e", "f6" * 32, "alpha = 3", "sklearn.linear_model.Ridge"):
        assert fact in page
    assert "flats.csv" in page
    assert f"Certificate (SHA-256) {signed_certificate().digest}" in page
    assert f"Signed by (key) {KEY.key_id}" in page
    assert "/somewhere/private" not in html


def test_each_input_says_where_its_values_come_from() -> None:
    page = visible_text(
        model_card_html(flats_with_card(), signed_certificate(), facts(), {"area": 2.0})
    )
    assert "area request" in page
    assert "age feature view flat" in page
    assert "halls derived area / 2" in page


def test_a_relative_split_is_told_by_its_times() -> None:
    split = TimeSplit(validation_from="last 20%", holdout_from="last 10%")
    problem = flats_with_card().model_copy(update={"split": split})
    dated = replace(facts(), validation_from="2024-03-01", holdout_from="2024-04-01 12:00:00")
    page = visible_text(model_card_html(problem, signed_certificate(), dated, {"area": 2.0}))
    assert "before 2024-04-01 12:00:00; parameters were chosen on those from 2024-03-01 on." in page
    assert "last 10%" not in page
