"""Reports on models: a reader finds the decision, the figures and what they rest on."""

import re
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from homestead.drift.result import ColumnDrift, DriftResult
from homestead.problem.loader import parse_problem
from homestead.problem.schema import Problem
from homestead.reports.comparison import comparison_html
from homestead.reports.drift_summary import drift_summary_html
from homestead.reports.model_card import model_card_html
from homestead.reports.wording import figure, number, percent, signed

PROBLEM = """
name: flats
description: Rents of flats.
task: regression
source: /somewhere/private/flats.csv
key: id
timestamp: day
target: rent
columns:
  id: {type: integer}
  day: {type: timestamp}
  rent: {type: number, unit: EUR}
  area: {type: number, unit: m², description: Living area}
derived: {halls: area / 2}
views: {flat: {entity: id, columns: [area]}}
features: [area, halls]
candidates: {ridge: {estimator: sklearn.linear_model.Ridge}}
split: {validation_from: 2024-01-01, holdout_from: 2024-02-01}
metric: mape
slices: [area]
gate: {limits: {mape: 0.2}, slice_tolerance: 0.05}
card: {owner: Ann Owner, intended_use: To <b>try</b> things.}
"""


def metrics(mape: float) -> dict[str, Any]:
    return {
        "mape": {"value": mape, "low": mape - 0.01, "high": mape + 0.01},
        "mae": {"value": 12345.6, "low": 12000.0, "high": 12700.0},
    }


CERTIFICATE: dict[str, Any] = {
    "schema_version": 1,
    "problem": "flats",
    "winner": {"digest": "a1" * 32, "metrics": metrics(0.1234)},
    "champion": {"digest": "b2" * 32, "version": "3", "metrics": metrics(0.14)},
    "baseline": {"mape": 0.3, "mae": 30000.0},
    "holdout": {
        "hash": "c3" * 32,
        "rows": 2877,
        "from": "2024-02-01 00:00:00",
        "to": "2024-03-31 00:00:00",
    },
    "data_hash": "d4" * 32,
    "commit": "e5e5e5e",
    "comparison": {"metric": "mape", "difference": -0.0166, "low": -0.02, "high": -0.01},
    "slices": [
        {
            "column": "area",
            "value": "<40",
            "rows": 60,
            "winner": 0.2,
            "champion": 0.15,
            "worse_by": 0.3333,
            "ok": False,
        },
        {
            "column": "area",
            "value": "40 to 90",
            "rows": 900,
            "winner": 0.1,
            "champion": None,
            "worse_by": None,
            "ok": True,
        },
    ],
    "limits": [{"metric": "mape", "limit": 0.2, "value": 0.1234, "ok": True}],
    "decision": "keep",
    "reason": "slice area <40 is 33.3% worse, allowed is 5%",
}


@pytest.fixture(scope="module")
def problem() -> Problem:
    return parse_problem(PROBLEM)


def text(html: str) -> str:
    """What a reader sees: no styles, plots or tags, single spaces."""
    html = re.sub(r"<(style|svg|script).*?</\1>", " ", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def plots(html: str) -> int:
    return html.count("<svg") + html.count("data:image/")


def test_the_comparison_says_what_was_decided_and_why(problem: Problem) -> None:
    page = text(comparison_html(CERTIFICATE, problem=problem))
    assert "The champion keeps its place." in page
    assert "Slice area &lt;40 is 33.3% worse, allowed is 5%." in page
    assert "−1.66 points" in page
    assert "The interval does not hold zero" in page
    assert "12.34% [11.34%, 13.34%]" in page
    assert "12,346 [12,000, 12,700]" in page
    assert "30,000" in page
    assert "2,877 rows of flats , from 2024-02-01 to 2024-03-31" in page
    assert "not compared" in page
    assert "too much worse" in page
    for digest in ("a1", "b2", "c3", "d4"):
        assert digest * 32 in page


def test_an_interval_that_holds_zero_is_called_a_tie(problem: Problem) -> None:
    tie = deepcopy(CERTIFICATE)
    tie["comparison"] |= {"high": 0.001}
    assert "cannot be told apart" in text(comparison_html(tie, problem=problem))


def test_the_first_model_has_a_page_without_a_champion() -> None:
    first = CERTIFICATE | {
        "champion": None,
        "comparison": None,
        "slices": [],
        "limits": [],
        "baseline": None,
        "decision": "promote",
        "reason": "first model",
    }
    page = text(comparison_html(first))
    assert "The new model becomes the first champion." in page
    assert "No champion was compared." in page
    assert "None" not in page


def test_predictions_are_plotted(problem: Problem) -> None:
    actual = np.random.default_rng(0).lognormal(6, 0.5, 400)
    said = {"actual": actual, "winner": actual * 1.1, "champion": actual * 0.8}
    bare = comparison_html(CERTIFICATE, problem=problem)
    full = comparison_html(CERTIFICATE, said, problem)
    assert plots(full) == plots(bare) + 2
    assert "Predicted and actual" in full


def test_negative_targets_and_a_single_row_can_be_plotted(problem: Problem) -> None:
    one = np.array([-3.0])
    page = comparison_html(CERTIFICATE, {"actual": one, "winner": one, "champion": None}, problem)
    assert "Errors" in page


def test_probabilities_are_plotted_as_confusion_and_calibration() -> None:
    draw = np.random.default_rng(0)
    winner = draw.dirichlet([1, 1, 1], 200)
    said = {"actual": draw.integers(0, 3, 200), "winner": winner, "champion": winner[:, ::-1]}
    page = comparison_html(CERTIFICATE, said)
    assert "Called and actual classes" in page
    assert "Calibration" in page


@pytest.mark.parametrize("promoted", [True, False])
def test_the_model_card_has_every_section_of_mitchell(problem: Problem, promoted: bool) -> None:
    certificate = CERTIFICATE | {"decision": "promote" if promoted else "keep"}
    html = model_card_html(
        problem, certificate, {"run_id": "f00", "parameters": {"alpha": 3}}, {"area": 2.0}
    )
    headings = re.findall(r"<h2[^>]*>(.*?)</h2>", html)
    assert headings == [
        "Model details",
        "Intended use",
        "Factors",
        "Metrics",
        "Evaluation data",
        "Training data",
        "Quantitative analyses",
        "Ethical considerations",
        "Caveats and recommendations",
    ]
    page = text(html)
    assert "Ann Owner" in page
    assert "To &lt;b&gt;try&lt;/b&gt; things." in page
    assert "Not stated in the problem file." in page  # out of scope, ethics
    assert "alpha = 3" in page
    assert "f00" in page
    assert "area / 2" in page
    assert "flats.csv" in page
    assert "/somewhere/private" not in html
    assert plots(html) == 1


def test_the_drift_page_does_not_call_too_few_rows_no_drift(problem: Problem) -> None:
    at = datetime(2024, 5, 1, tzinfo=UTC)
    few = DriftResult("inconclusive", None, 0.3, 7)
    page = text(drift_summary_html(few, problem, "4", at, 900))
    assert "Inconclusive: too few rows." in page
    assert "No drift" not in page
    columns = tuple(
        ColumnDrift(name="area", score=0.7, method="wasserstein", drifted=drifted)
        for drifted in (True, False)
    )
    much = DriftResult("drift", 0.5, 0.3, 20_000, columns, "<html>")
    page = text(drift_summary_html(much, problem, "4", at, 900))
    assert "no longer look like the training rows" in page
    assert "1 of 2 inputs drifted, 50.0%" in page
    assert "20,000, sampled to 10,000" in page


def test_pages_load_nothing_from_the_network(problem: Problem) -> None:
    for html in (
        comparison_html(CERTIFICATE, problem=problem),
        model_card_html(problem, CERTIFICATE, {}),
    ):
        assert not re.findall(r"(?:src|href)=[\"'](?:https?:)?//", html)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (number(1234567), "1,234,567"),
        (number(12.3456), "12.35"),
        (number(0.000012), "1.2e-05"),
        (number(0), "0"),
        (number(None), "–"),
        (number(float("nan")), "–"),
        (percent(0.1234), "12.3%"),
        (percent(-0.02), "−2.0%"),
        (figure("mape", 0.11708), "11.71%"),
        (figure("mae", 61234.5), "61,234"),
        (signed("mape", -0.0166), "−1.66 points"),
        (signed("r2", 0.0166), "+0.0166"),
    ],
)
def test_figures_are_written_for_people(found: str, said: str) -> None:
    assert found == said
