"""Descriptions in Markdown: what a reader of MLflow's lists sees first."""

from homestead.evaluation.certificate import Estimate
from homestead.reports.models.descriptions import (
    GENERATED,
    VersionFacts,
    metric_sentence,
    model_description,
    version_description,
)
from tests.factories import certificate, flats_problem

PROBLEM = flats_problem()
FACTS = VersionFacts(
    estimator="ridge (sklearn.linear_model.Ridge)",
    parameters={"alpha": "1.0"},
    data="flats.csv",
    data_version="sha256 d4d4d4d4d4d4",
    commit="",
    cause="5,000 new labels",
)


def test_a_metric_has_its_unit_and_its_interval() -> None:
    estimate = Estimate(value=42.5, low=40.0, high=45.0)
    text = metric_sentence(PROBLEM, estimate, "the holdout")
    assert text == "mae 42.5 EUR (40 to 45) on the holdout"
    share = PROBLEM.model_copy(update={"metric": "mape"})
    text = metric_sentence(share, Estimate(value=0.142, low=None, high=None), "validation")
    assert text == "mape 14.20% on validation"
    assert metric_sentence(PROBLEM, None, "the holdout") == "mae has no value on the holdout"


def test_a_version_begins_with_its_figure_and_ends_with_its_reports() -> None:
    issued = certificate()
    links = {"Model card": "#/card", "Comparison": "#/comparison"}
    text = version_description(PROBLEM, issued, FACTS, links)
    first, *_, last = text.splitlines()
    assert first.startswith("mae 42.5 EUR")
    assert "The new model takes the champion's place." in first
    assert last == "**Reports:** [Model card](#/card) · [Comparison](#/comparison)"
    assert "- **Model:** ridge (sklearn.linear_model.Ridge), alpha = 1.0" in text
    assert "- **Data:** flats.csv, version sha256 d4d4d4d4d4d4" in text
    assert "- **Commit:** none: trained outside of a repository" in text
    assert "- **Cause:** 5,000 new labels" in text
    assert "| metric | holdout | 95% interval |" in text


def test_a_model_says_what_it_is_for_and_what_is_not_stated() -> None:
    text = model_description(PROBLEM)
    assert "Predicts **rent** in EUR (regression)" in text
    assert "**Intended use:** not stated in the problem file." in text
    assert GENERATED in text
