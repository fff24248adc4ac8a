"""What the page shows, and that no row and no source spoils the rest."""

import json
import math
import time
from typing import Any

import pytest

from homestead.settings import Settings
from tests.ui_home import HTML_NAME, PAGE, PAGE_PROBLEM, add_predictions, change, get, page_text


def test_the_page_of_a_problem_shows_what_is_known(home: Settings) -> None:
    text = page_text(home, PAGE)
    assert "Champion: version 1 111111111111 certificate verified" in text
    assert "Challenger: version 2 222222222222 certificate verified" in text
    assert "Answers 10% of the subjects" in text
    assert "3,000 requests answered in 24h" in text
    assert "40.0% of the inputs drifted; more than 30.0% is drift. 500 rows" in text
    assert "Calibrated verdict drift" in text
    assert "harm Mape is 0.12 on 900 labelled rows" in text
    assert "waits The last run ended 2 hours ago" in text
    assert "measured harm slice" in text
    assert "Job Last succeeded Last failed drift failed" in text


def test_the_list_of_problems_leads_to_each(home: Settings) -> None:
    add_predictions(home, "another", 5, until=time.time())
    page = get(home, "/").content.decode()
    assert f'href="{PAGE}"' in page
    assert 'href="/problems/another"' in page


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_one_value_that_is_no_number_leaves_the_other_rows(home: Settings, value: float) -> None:
    change(
        home,
        "UPDATE predictions SET prediction = :value, latency_s = :value WHERE prediction_id = :id",
        value=value,
        id="homes-00000000",
    )
    change(home, "UPDATE drift_reports SET share = :value WHERE id = 2", value=value)
    text = page_text(home, PAGE)
    # sqlite has no NaN in numbers, but has one in the report's JSON.
    assert "not a number" in text
    assert "401" in text
    content = json.loads(get(home, f"{PAGE}/data.json").content, parse_constant=pytest.fail)
    recent = content["boxes"]["traffic"]["content"]["recent"]
    assert recent[0]["prediction"] is None
    assert recent[1]["prediction"] == 401.0


def test_a_name_with_html_in_it_is_text_everywhere(home: Settings) -> None:
    for column in ("entity", "label", "version", "prediction_id"):
        values: dict[str, Any] = {"prediction_id": column, column: HTML_NAME}
        add_predictions(home, PAGE_PROBLEM, 1, until=time.time(), **values)
    add_predictions(home, HTML_NAME, 1, until=time.time())
    for target in ("/", PAGE):
        page = get(home, target).content.decode()
        assert "<img" not in page
        assert "&lt;img" in page
    # In the tooltip of a chart's bar, and in a table of the drift report.
    assert "<title>" in page
    assert "version &lt;img" in page


def test_a_table_that_is_missing_has_its_error_in_its_own_box(home: Settings) -> None:
    change(home, "DROP TABLE served_plans")
    change(home, "DROP TABLE task_runs")
    page = get(home, PAGE).content.decode()
    # Servers, jobs, and the alerts, which rest on both.
    assert page.count("no such table") == 3
    assert "run &#39;homestead migrate&#39;" in page
    assert "3,000" in page


def test_an_empty_home_says_what_to_do(settings: Settings) -> None:
    text = page_text(settings, "/")
    assert "homestead demo" in text
    assert "homestead init table.csv" in text
    assert not settings.home.exists()


def test_a_problem_without_a_model_says_which_command_makes_one(settings: Settings) -> None:
    settings.folder()
    add_predictions(settings, PAGE_PROBLEM, 1, until=time.time() - 10 * 86_400)
    text = page_text(settings, PAGE)
    assert "No version is released yet. homestead train" in text
    assert "homestead drift" in text
    assert "0 requests answered in 24h" in text
